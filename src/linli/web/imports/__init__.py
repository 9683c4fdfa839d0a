"""The desk that brings hotline files: look at them, rehearse, import (热线导入)."""
