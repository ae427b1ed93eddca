/** A self-signed certificate for `localhost`, made for these tests; its key is no secret. Valid until 2126. */

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTvZPEuJoGBbGIpyd
Pv4azmKiJErCjZ7ywqISGLgyntKhRANCAAQbrD3sokxSuhlDo6vveXrHjydN7SQk
DzyspPAerk4YVVDlqwBmi+gerjtA2rj/e99sqFDRurJ29RJexvZttFE3
-----END PRIVATE KEY-----
`;

export const cert = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUacQfX2R4v6KP1kGdky2HDTFLWZ8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODAxMDAwOFoYDzIxMjYxMTA0
MDEwMDA4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQbrD3sokxSuhlDo6vveXrHjydN7SQkDzyspPAerk4YVVDlqwBmi+ge
rjtA2rj/e99sqFDRurJ29RJexvZttFE3o2kwZzAdBgNVHQ4EFgQUDVQa/71PHieo
uJmflDy49SsOjpQwHwYDVR0jBBgwFoAUDVQa/71PHieouJmflDy49SsOjpQwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAPnOdtfFzi0EBEyId8SbagB91zJUQHccRd1L58BQWshdAiEA1BGcp+H0
jHGmbo2JoH67rjMPsM+RdJ/sWDbSv1JxKJ0=
-----END CERTIFICATE-----
`;
