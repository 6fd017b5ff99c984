using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Encodings.Web;
using AlignService.Jobs.Ports;
using AlignService.Specs.Resources;
using AlignService.Store;
using AlignService.Store.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AlignService.Server.Access;

/// <summary>Reads an API key from the header `authorization`, or from the page's cookie.</summary>
internal sealed class ApiKeyAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, KnownKeys keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string Bearer = "Bearer ";

    /// <summary>The bearer's token of a request; null where there is none.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } header && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if ((TokenOf(Request) ?? PageCookie.Read(Request)) is not { } text)
        {
            return AuthenticateResult.NoResult();
        }

        return await keys.FindAsync(text, Context.RequestAborted) is { } key
            ? AuthenticateResult.Success(new AuthenticationTicket(CallerClaims.Of(key), Scheme.Name))
            : AuthenticateResult.Fail("the API key is not valid: it is unknown, has expired or was revoked");
    }
}

/// <summary>Keys that were looked up in the last seconds, so that a busy client costs no query per call.</summary>
internal sealed class KnownKeys(JobStore store, TimeProvider time)
{
    private const int MostKnown = 10_000;

    /// <summary>How long a revoked key may still be let in.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (ApiKey? Key, long ReadAt)> _known = new();

    /// <summary>The key; null where the text is not a valid one.</summary>
    public async Task<ApiKey?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (ApiKeySecret.Parse(text) is not { } secret || await LookUpAsync(secret.KeyId, cancellationToken) is not { } key || !key.Matches(secret) || !key.IsValidAt(time.GetUtcNow()))
        {
            return null;
        }

        return key;
    }

    private async Task<ApiKey?> LookUpAsync(string id, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(id, out (ApiKey? Key, long ReadAt) known) && time.GetElapsedTime(known.ReadAt) < Lifetime)
        {
            return known.Key;
        }

        ApiKey? key = await store.Access.FindKeyAsync(id, cancellationToken);
        if (key is not null && key.IsValidAt(time.GetUtcNow()) && (key.LastUseTime is null || time.GetUtcNow() - key.LastUseTime >= TimeSpan.FromMinutes(1)))
        {
            await store.Access.NoteUseAsync(id, cancellationToken);
        }

        if (_known.Count >= MostKnown)
        {
            _known.Clear(); // somebody is guessing; the honest ones are read again
        }

        _known[id] = (key, time.GetTimestamp());
        return key;
    }
}

/// <summary>What a scheme says of the caller, as claims.</summary>
internal static class CallerClaims
{
    public const string Project = "align_project", Role = "align_role", Limit = "align_requests_per_minute";

    public static ClaimsPrincipal Of(ApiKey key) => Of(key.ResourceName, key.Project?.Value, key.Role.ToString(), key.RequestsPerMinute, "ApiKey");

    /// <param name="project">Null: any.</param>
    public static ClaimsPrincipal Of(string name, string? project, string? role, int limit, string scheme)
    {
        List<Claim> claims = [new(ClaimTypes.Name, name), new(Limit, $"{limit}", ClaimValueTypes.Integer32)];
        claims.AddRange(project is null ? [] : [new Claim(Project, project)]);
        claims.AddRange(role is null ? [] : [new Claim(Role, role)]);
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }

    /// <param name="principal">Authenticated.</param>
    /// <param name="asked">The project that the request names; null for none.</param>
    /// <exception cref="PermissionDeniedException">The credentials name no role or project.</exception>
    /// <exception cref="ResourceNotFoundException">The request names a project that is not the caller's.</exception>
    public static Caller ToCaller(ClaimsPrincipal principal, ProjectId? asked)
    {
        string name = principal.Identity?.Name ?? principal.FindFirstValue("sub") ?? "";
        if (!Enum.TryParse(principal.FindFirstValue(Role), ignoreCase: true, out Store.Access.Role role) || !Enum.IsDefined(role))
        {
            throw new PermissionDeniedException($"the credentials of {name} have no role; it must be one of read, submit, admin, operator.");
        }

        string? own = principal.FindFirstValue(Project);
        if (own is null && role != Store.Access.Role.Operator)
        {
            throw new PermissionDeniedException($"the credentials of {name} name no project; only an operator acts in any.");
        }

        if (own is not null && !ProjectId.TryParse(own, out _))
        {
            throw new PermissionDeniedException($"the credentials of {name} name the project \"{own}\", which is not a project's name.");
        }

        bool mayChoose = role == Store.Access.Role.Operator;
        ProjectId project = asked ?? (own is null ? ProjectId.Default : new ProjectId(own));
        return mayChoose || project.Value == own
            ? new Caller(name, project, role, int.Parse(principal.FindFirstValue(Limit) ?? "0", System.Globalization.CultureInfo.InvariantCulture))
            : throw new ResourceNotFoundException(project.ResourceName);
    }
}
