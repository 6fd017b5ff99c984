using System.Security.Claims;
using AlignService.Jobs.Ports;
using AlignService.Server.Hosting;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using AlignService.Store;
using AlignService.Store.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace AlignService.Server.Access;

/// <summary>Lets a request in, over gRPC or from the page: who calls, in which project, with which role, and how often.</summary>
internal sealed class Admission(HostSettings settings, JobStore store, CallerRates rates, CallerContext context)
{
    /// <summary>Names the project of a call that may choose it.</summary>
    public const string ProjectHeader = "align-project";

    /// <summary>Sets the request's caller.</summary>
    /// <param name="http">The request.</param>
    /// <param name="method">What is asked for, for the message of a refusal.</param>
    /// <param name="least">The role that it takes.</param>
    /// <exception cref="AlignException">The caller is not let in.</exception>
    public async Task<Caller> AdmitAsync(HttpContext http, string method, Role least)
    {
        Caller caller = settings.RequiresAccess ? CallerClaims.ToCaller(await AuthenticateAsync(http), AskedProject(http)) : new Caller("local", AskedProject(http) ?? ProjectId.Default, Role.Operator);
        if (settings.RequiresAccess)
        {
            rates.Take(caller);
        }

        if (caller.Project != ProjectId.Default && await store.Access.FindProjectAsync(caller.Project, http.RequestAborted) is null)
        {
            throw new ResourceNotFoundException(caller.Project.ResourceName);
        }

        context.Caller = caller;
        return caller.Role >= least
            ? caller
            : throw new PermissionDeniedException($"{method} takes the role {least.ToString().ToLowerInvariant()}; {caller.Name} has {caller.Role.ToString().ToLowerInvariant()}.");
    }

    private static async Task<ClaimsPrincipal> AuthenticateAsync(HttpContext http)
    {
        AuthenticateResult result = await http.AuthenticateAsync(AccessSchemes.Default);
        return result.Succeeded ? result.Principal : throw new UnauthenticatedException(result.Failure is { } failure
            ? $"The credentials are refused: {failure.Message}."
            : "The call has no credentials; send an API key as the metadata entry authorization: Bearer KEY (`align --api-key`, or ALIGN_API_KEY).");
    }

    private static ProjectId? AskedProject(HttpContext http)
    {
        string asked = http.Request.Headers[ProjectHeader].ToString();
        return asked.Length == 0 ? null
            : ProjectId.TryParse(asked, out ProjectId id) ? id
            : throw new InvalidRequestException(ProjectHeader, $"\"{Text.ShortText.Cut(asked, 50)}\" is not a project's name; it has 1 to 40 lower-case letters, digits and '-', the first a letter.");
    }
}
