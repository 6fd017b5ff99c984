using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace AlignService.Server.Tests.Access;

/// <summary>A small OpenID Connect issuer: its discovery document, its keys, and tokens.</summary>
internal sealed class TokenIssuer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private RsaSecurityKey _key = NewKey();

    private TokenIssuer()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        _application = builder.Build();
        _application.Urls.Add("http://127.0.0.1:0");
        _application.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = Address, jwks_uri = $"{Address}/keys" }));
        _application.MapGet("/keys", () => Results.Json(new { keys = new[] { JsonWebKeyConverter.ConvertFromRSASecurityKey(new RsaSecurityKey(_key.Rsa.ExportParameters(false)) { KeyId = _key.KeyId }) } }));
    }

    public string Address => _application.Urls.First();

    public static async Task<TokenIssuer> StartAsync(CancellationToken cancellationToken)
    {
        var issuer = new TokenIssuer();
        await issuer._application.StartAsync(cancellationToken);
        return issuer;
    }

    public void RotateKey() => _key = NewKey();

    public string Token(string subject, string audience = "align", string? project = "red", string? role = "submit", int seconds = 600, string? issuer = null, RsaSecurityKey? key = null) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Address,
            Audience = audience,
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds),
            IssuedAt = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-3600),
            NotBefore = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-3600),
            Claims = new[] { ("sub", subject), ("align_project", project), ("align_role", role) }.Where(claim => claim.Item2 is not null).ToDictionary(claim => claim.Item1, claim => (object)claim.Item2!),
            SigningCredentials = new SigningCredentials(key ?? _key, SecurityAlgorithms.RsaSha256),
        });

    public static RsaSecurityKey NewKey() => new(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") };

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
