"""Ports: is one free, who has it, which is free (端口)."""

import errno
import socket

import psutil

from linli.runtime.trouble import Trouble


def require_free(host: str, port: int, *, port_setting: str = "--port", host_setting: str = "--host") -> None:
    """Refuse to start on a port somebody else has.

    Raises:
        Trouble: it is busy or may not be used, or the address is none of this machine's; the sentence names who has
            it where that can be seen.
    """
    try:
        _bind(host, port)
    except PermissionError as fault:
        raise Trouble(f"Port {port} may only be used by root: choose another with {port_setting}.") from fault
    except OSError as fault:
        if isinstance(fault, socket.gaierror) or fault.errno != errno.EADDRINUSE:
            raise Trouble(
                f"{host} is no address of this machine ({fault.strerror}): choose another with {host_setting} "
                "(127.0.0.1 for this machine alone, 0.0.0.0 for all)."
            ) from fault
        who = _holder(port)
        raise Trouble(
            f"Port {port} is busy{f' ({who})' if who else ''}: choose another with {port_setting}."
        ) from fault


def free(host: str = "127.0.0.1", *, preferred: int = 0) -> int:
    """Return the preferred port if it is free, otherwise any free one."""
    try:
        return _bind(host, preferred)
    except OSError:
        return _bind(host, 0)


def _bind(host: str, port: int) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _holder(port: int) -> str:
    try:
        for line in psutil.net_connections("tcp"):
            if line.status == psutil.CONN_LISTEN and line.laddr and line.laddr.port == port and line.pid:
                return f"{psutil.Process(line.pid).name()}, pid {line.pid}"
    except psutil.Error:
        pass  # an ordinary user may not see whose it is
    return ""
