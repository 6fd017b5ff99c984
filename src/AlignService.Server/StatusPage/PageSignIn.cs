using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Store.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace AlignService.Server.StatusPage;

/// <summary>Who may see the page: whoever may read over gRPC. A browser has no header for a key, so it signs in with one, once.</summary>
internal static class PageSignIn
{
    private const string Path = "/sign-in", KeyField = "key", FormType = "application/x-www-form-urlencoded";

    /// <summary>The form and its answer, which need no credentials.</summary>
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, () => StatusAssets.Find("sign-in.html"));
        routes.MapPost(Path, SignInAsync);
        routes.MapPost("/sign-out", (HttpContext context) =>
        {
            PageCookie.Delete(context);
            return Results.LocalRedirect(Path);
        });
    }

    /// <summary>Filter of everything that shows something of jobs.</summary>
    public static async ValueTask<object?> AdmitAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        HttpContext context = invocation.HttpContext;
        try
        {
            await context.RequestServices.GetRequiredService<Admission>().AdmitAsync(context, "the page", Role.Read);
        }
        catch (UnauthenticatedException) when (!context.Request.Path.StartsWithSegments("/api"))
        {
            return Results.LocalRedirect(Path);
        }
        catch (AlignException refused)
        {
            return Results.Text(refused.Message, statusCode: refused switch
            {
                UnauthenticatedException => StatusCodes.Status401Unauthorized,
                PermissionDeniedException => StatusCodes.Status403Forbidden,
                RateLimitedException => StatusCodes.Status429TooManyRequests,
                ResourceNotFoundException => StatusCodes.Status404NotFound,
                _ => StatusCodes.Status400BadRequest,
            });
        }

        return await next(invocation);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, KnownKeys keys)
    {
        if (context.Request.ContentType?.StartsWith(FormType, StringComparison.OrdinalIgnoreCase) != true || context.Request.ContentLength is null or > 1024)
        {
            return Results.Text("Send the form's one field, the key.", statusCode: StatusCodes.Status400BadRequest);
        }

        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        string key = form.TryGetValue(KeyField, out StringValues given) ? given.ToString().Trim() : "";
        if (await keys.FindAsync(key, context.RequestAborted) is null)
        {
            return Results.LocalRedirect($"{Path}#refused");
        }

        PageCookie.Set(context, key);
        return Results.LocalRedirect("/");
    }
}
