using System.Globalization;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Server.Access;
using AlignService.Server.Hosting;
using AlignService.Server.Mapping;
using AlignService.Server.Rpc;
using AlignService.Specs.Resources;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.StatusPage;

/// <summary>
/// The status page: embedded files, and the JSON that they show. The JSON is the wire's own (protobuf's JSON form of ListJobsResponse, Job and JobEvent).
/// </summary>
internal static class StatusEndpoints
{
    private const int PageSize = 100;

    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    public static void MapStatusPage(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder page = routes.MapGroup("").AddEndpointFilter(new PageGuard(routes.ServiceProvider.GetRequiredService<HostSettings>()).InvokeAsync);
        page.MapGet("/assets/{name}", (string name) => StatusAssets.Find(name));
        page.MapSignIn();
        RouteGroupBuilder read = page.MapGroup("").AddEndpointFilter(PageSignIn.AdmitAsync);
        read.MapGet("/", () => StatusAssets.Page);
        read.MapGet("/jobs/{id}", (string id) => StatusAssets.Page);
        read.MapGet("/api/charts", () => Results.Json(MetricCharts.All));
        read.MapGet("/api/jobs", ListAsync);
        read.MapGet("/api/jobs/{id}", GetAsync);
        read.MapGet("/api/jobs/{id}/events", StreamAsync);
    }

    private static async Task<IResult> ListAsync(string? pageToken, CallerCatalog catalog, CancellationToken cancellationToken)
    {
        try
        {
            JobPage page = await catalog.ListAsync([], PageSize, string.IsNullOrEmpty(pageToken) ? null : pageToken, cancellationToken);
            return Write(new Wire.ListJobsResponse { Jobs = { page.Jobs.Select(JobMapper.WriteBrief) }, NextPageToken = page.NextPageToken ?? "" });
        }
        catch (PageTokenException exception)
        {
            return Results.Text(exception.Message, statusCode: StatusCodes.Status400BadRequest);
        }
    }

    private static async Task<IResult> GetAsync(string id, CallerCatalog catalog, JobRecords records, CancellationToken cancellationToken) =>
        await FindAsync(id, catalog, cancellationToken) is { } job ? Write(await records.ReadAsync(job, cancellationToken)) : NotFound(id);

    /// <summary>
    /// Server-sent events after a cursor: the browser reconnects with its last cursor, so a lost connection neither loses nor repeats events.
    /// The stream sends `end` when the job has ended.
    /// </summary>
    private static async Task StreamAsync(string id, long? after, HttpContext context, CallerCatalog catalog, JobEventStream events)
    {
        CancellationToken cancellationToken = context.RequestAborted;
        if (await FindAsync(id, catalog, cancellationToken) is not { } job)
        {
            await NotFound(id).ExecuteAsync(context);
            return;
        }

        bool resumes = long.TryParse(context.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out long last);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await context.Response.StartAsync(cancellationToken);
            await foreach (Wire.JobEvent happened in events.ReadAsync(job.Id, resumes ? last : Math.Max(0, after ?? 0), replayOnly: false, cancellationToken))
            {
                string text = $"id: {happened.Cursor}\ndata: {Json.Format(happened)}\n\n";
                await context.Response.WriteAsync(text, cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
            }

            await context.Response.WriteAsync("event: end\ndata: {}\n\n", cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The reader disconnected or the server is stopping; a reader that is still there reconnects by itself.
        }
    }

    private static async Task<Job?> FindAsync(string id, CallerCatalog catalog, CancellationToken cancellationToken) =>
        JobId.TryParseResourceName($"jobs/{id}", out JobId parsed) ? await catalog.FindAsync(parsed, cancellationToken) : null;

    private static IResult Write(IMessage message) => Results.Text(Json.Format(message), "application/json");

    private static IResult NotFound(string id) => Results.Text($"Job {id} does not exist.", statusCode: StatusCodes.Status404NotFound);
}
