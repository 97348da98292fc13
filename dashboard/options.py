"""The options that the server is started with: every one that safety or speed rests on."""

from __future__ import annotations

from collections.abc import Mapping

# postScriptGC: a full collection after every run took four fifths of the time (8 reruns a
# second with it, 48 without). allowedHosts: without it any host name is answered, and a
# rebound DNS name reaches the socket. The agent interface and the error details would show
# what a page does not.
OPTIONS: Mapping[str, str | int | bool | tuple[str, ...]] = {
    "server.headless": True,
    "server.address": "127.0.0.1",
    "server.allowedHosts": ("localhost", "127.0.0.1"),
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.xsrfCookieSameSite": "strict",
    "server.maxUploadSize": 50,
    "server.maxMessageSize": 50,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.disconnectedSessionTTL": 60,
    "runner.postScriptGC": False,
    "runner.magicEnabled": False,
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "minimal",
    "client.disableDataExport": True,
    "browser.gatherUsageStats": False,
    # No base: a page is light or dark as the browser asks for.
    "theme.light.primaryColor": "#005EB8",
    "theme.light.linkColor": "#005EB8",
    "theme.light.backgroundColor": "#FFFFFF",
    "theme.light.secondaryBackgroundColor": "#F3F5F7",
    "theme.light.textColor": "#212B32",
    "theme.light.borderColor": "#D8DDE0",
    "theme.dark.primaryColor": "#7AB8F5",
    "theme.dark.linkColor": "#7AB8F5",
    "theme.dark.backgroundColor": "#14191E",
    "theme.dark.secondaryBackgroundColor": "#1E252B",
    "theme.dark.textColor": "#E8ECEF",
    "theme.dark.borderColor": "#3D474F",
    "theme.font": "Arial, Helvetica, 'Liberation Sans', system-ui, sans-serif",
    "theme.baseRadius": "4px",
    "theme.baseFontSize": 16,
    "theme.headingFontSizes": '["1.75rem", "1.25rem", "1.125rem", "1rem", "1rem", "1rem"]',
    "theme.metricValueFontSize": "1.75rem",
    "theme.paddingTop": "1rem",
    "theme.paddingBottom": "3rem",
    "theme.showWidgetBorder": True,
}
