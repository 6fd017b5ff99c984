using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>What holds for the server's process as a whole.</summary>
public sealed class ServerProcessTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Nothing native can take the server down: validation reads configurations, tokenizers and prompts without a tensor.</summary>
    [Fact]
    public async Task A_server_that_has_served_every_kind_of_request_has_not_loaded_libtorch()
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 0);
        using var folder = new TemporaryFolder();
        string job = folder.Write("job.yaml", JobFiles.Accepted());
        string refused = folder.Write("refused.yaml", JobFiles.Accepted().Replace("steps: 3", "steps: -3", StringComparison.Ordinal));

        (await server.RunAsync("validate", job)).Exits(0);
        (await server.RunAsync("validate", refused)).Exits(2);
        string name = (string)(await server.RunAsync("submit", job, "--json")).Exits(0).Json["name"]!;
        (await server.RunAsync("list")).Exits(0);
        (await server.RunAsync("show", name)).Exits(0);
        (await server.RunAsync("cancel", name)).Exits(0);
        await server.RunAsync("watch", name);
        using var http = new HttpClient();
        foreach (string page in new[] { "/", $"/{name}", "/api/jobs", $"/api/{name}", $"/api/{name}/events" })
        {
            (await http.GetAsync(new Uri(new Uri(server.Address), page), Cancel)).EnsureSuccessStatusCode();
        }

        string[] maps = await File.ReadAllLinesAsync($"/proc/{server.Process.Id}/maps", Cancel);
        Assert.Contains(maps, line => line.Contains("AlignService.Server.dll", StringComparison.Ordinal));
        string[] libraries = ["libtorch", "libLibTorchSharp", "libc10", "libgomp"];
        Assert.All(libraries[..3], library => Assert.NotEmpty(Directory.GetFiles(Path.GetDirectoryName(AlignProgram.Path)!, $"{library}*.so")));
        Assert.DoesNotContain(maps, line => libraries.Any(library => line.Contains(library, StringComparison.Ordinal)));
    }
}
