using System.Net;
using AlignService.Server.Hosting;
using Microsoft.AspNetCore.Http;

namespace AlignService.Server.StatusPage;

/// <summary>
/// Who may open the page. A page elsewhere can make a browser connect here under a name of its own (DNS rebinding) or ask for our data directly: the first is refused by
/// the name, the second by what the browser says of the request's origin.
/// </summary>
internal sealed class PageGuard(HostSettings settings)
{
    private const string AnyHost = "*";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        HttpContext context = invocation.HttpContext;
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (!IsKnown(context.Request.Host.Host))
        {
            string name = HostSettingCatalog.Of(nameof(HostSettings.PageHosts)).Variable;
            return Results.Text($"This server's page is not open under this host name; its operator can allow it with {name}.", statusCode: StatusCodes.Status421MisdirectedRequest);
        }

        return IsForeign(context.Request) ? Results.Text("The page's data is for the page itself.", statusCode: StatusCodes.Status403Forbidden) : await next(invocation);
    }

    private bool IsKnown(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out _)
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase)
        || settings.PageHosts.Any(allowed => allowed == AnyHost || host.Equals(allowed, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a script of another origin asks. Browsers say so; a person who follows a link to the page does not count.</summary>
    private static bool IsForeign(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString(), mode = request.Headers["Sec-Fetch-Mode"].ToString();
        return site is "cross-site" or "same-site" && mode != "navigate";
    }
}
