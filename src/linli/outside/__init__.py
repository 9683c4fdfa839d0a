"""⑤ Outside bodies without accounts answer through a one-purpose link; the case never hangs on a silent one (外)."""
