using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using AlignService.Server.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Certificate;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace AlignService.Server.Access;

/// <summary>The ways in which a caller can prove who it is: an API key, a token of an OpenID Connect issuer, a client certificate.</summary>
internal static class AccessSchemes
{
    /// <summary>Chooses one of the others by what the request has.</summary>
    public const string Default = "Align";

    private const string Token = JwtBearerDefaults.AuthenticationScheme, Certificate = CertificateAuthenticationDefaults.AuthenticationScheme;

    public static void Add(IServiceCollection services, HostSettings settings)
    {
        AuthenticationBuilder schemes = services.AddAuthentication(Default)
            .AddPolicyScheme(Default, null, options => options.ForwardDefaultSelector = http => Choose(http, settings))
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        if (settings.OidcIssuer is { Length: > 0 } issuer)
        {
            schemes.AddJwtBearer(Token, options => Configure(options, issuer, settings));
        }

        if (settings.ClientCa is { Length: > 0 } authority)
        {
            schemes.AddCertificate(Certificate, options => Configure(options, authority));
        }
    }

    private static string Choose(HttpContext http, HostSettings settings)
    {
        if (ApiKeyAuthentication.TokenOf(http.Request) is { } token)
        {
            return Store.Access.ApiKeySecret.IsKey(token) || settings.OidcIssuer is null ? ApiKeyAuthentication.SchemeName : Token;
        }

        return settings.ClientCa is not null && PageCookie.Read(http.Request) is null ? Certificate : ApiKeyAuthentication.SchemeName;
    }

    /// <summary>The issuer's keys are fetched from its discovery document, and again when a token names one that is not known.</summary>
    private static void Configure(JwtBearerOptions options, string issuer, HostSettings settings)
    {
        options.Authority = issuer;
        options.Audience = settings.OidcAudience;
        options.RequireHttpsMetadata = !new Uri(issuer).IsLoopback;
        options.MapInboundClaims = false;
        options.RefreshInterval = TimeSpan.FromSeconds(1);
        options.TokenValidationParameters = new TokenValidationParameters
        {
            NameClaimType = "sub",
            RoleClaimType = CallerClaims.Role,
            ValidateAudience = true,
            RequireExpirationTime = true,
            ClockSkew = TimeSpan.FromSeconds(30),
        };
        options.Events = new JwtBearerEvents
        {
            OnTokenValidated = context =>
            {
                ClaimsPrincipal from = context.Principal!;
                context.Principal = CallerClaims.Of(
                    from.FindFirstValue("sub") ?? "", from.FindFirstValue(settings.OidcProjectClaim), from.FindFirstValue(settings.OidcRoleClaim), 0, Token);
                return Task.CompletedTask;
            },
        };
    }

    /// <summary>The subject's common name is the caller's, its organization the project, its organizational unit the role.</summary>
    private static void Configure(CertificateAuthenticationOptions options, string authority)
    {
        options.ChainTrustValidationMode = X509ChainTrustMode.CustomRootTrust;
        options.CustomTrustStore.ImportFromPemFile(authority);
        options.AllowedCertificateTypes = CertificateTypes.Chained;
        options.RevocationMode = X509RevocationMode.NoCheck; // a list of revoked ones is the authority's to serve; short lifetimes serve better
        options.Events = new CertificateAuthenticationEvents
        {
            OnCertificateValidated = context =>
            {
                Dictionary<string, string> subject = SubjectOf(context.ClientCertificate);
                context.Principal = CallerClaims.Of(
                    $"certificates/{subject.GetValueOrDefault("CN", "")}", subject.GetValueOrDefault("O"), subject.GetValueOrDefault("OU"), 0, Certificate);
                context.Success();
                return Task.CompletedTask;
            },
        };
    }

    private static Dictionary<string, string> SubjectOf(X509Certificate2 certificate)
    {
        Dictionary<string, string> parts = [];
        foreach (X500RelativeDistinguishedName name in certificate.SubjectName.EnumerateRelativeDistinguishedNames().Where(name => !name.HasMultipleElements))
        {
            parts.TryAdd(name.GetSingleElementType().FriendlyName ?? "", name.GetSingleElementValue() ?? "");
        }

        return parts;
    }
}
