using Microsoft.AspNetCore.Http;

namespace AlignService.Server.Access;

/// <summary>The status page's sign-in: the key itself, which scripts cannot read and other sites cannot send.</summary>
internal static class PageCookie
{
    private const string Name = "align_key";

    public static string? Read(HttpRequest request) => request.Cookies.TryGetValue(Name, out string? key) ? key : null;

    public static void Set(HttpContext context, string key) => context.Response.Cookies.Append(Name, key, Options(context));

    public static void Delete(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context));

    private static CookieOptions Options(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", IsEssential = true };
}
