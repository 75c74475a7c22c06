"""Whom we trust: the certificate authorities, read once, since each copy of them takes 1 MB and 30 ms."""

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """Return what verifies a server; SSL_CERT_FILE and SSL_CERT_DIR may name others than Mozilla's."""
    return httpx.create_ssl_context()
