using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>From a store without keys to two teams on one server, as the documentation says it.</summary>
public sealed class AccessCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task First_key_is_made_in_the_store_and_the_others_over_the_wire()
    {
        var refused = (await AlignProgram.RunAsync("serve", "--listen", "http://127.0.0.1:0", "--data", _folder.Path, "--access", "required")).Exits(2);
        Assert.Contains("align keys create --local", refused.Error, StringComparison.Ordinal);

        string first = (await AlignProgram.RunAsync("keys", "create", "--local", "--data", _folder.Path, "--role", "operator")).Exits(0).Output.Trim();
        await using RunningServer server = await RunningServer.StartAsync(_folder, "http://127.0.0.1:0", workers: 0, new Dictionary<string, string> { ["ALIGN_ACCESS"] = "required" });
        Assert.Contains("ALIGN_API_KEY", (await server.RunAsync("list")).Exits(6).Error, StringComparison.Ordinal);

        Assert.Equal(["projects/default", "projects/vision"], (await AskAsync(first, "projects", "--create", "vision")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        string pipeline = await AskAsync(first, "keys", "create", "--project", "vision", "--role", "submit", "--name", "pipeline", "--lifetime", "90d");
        JsonNode who = JsonNode.Parse(await AskAsync(pipeline.Trim(), "whoami", "--json"))!;
        Assert.Equal("projects/vision", (string?)who["project"]);
        Assert.Equal("ROLE_SUBMIT", (string?)who["role"]);
        Assert.Contains("No jobs yet", await AskAsync(pipeline.Trim(), "list"), StringComparison.Ordinal);

        JsonNode keys = JsonNode.Parse(await AskAsync(first, "keys", "list", "--project", "vision", "--json"))!;
        string name = keys["api_keys"]!.AsArray().Select(key => (string)key!["name"]!).Single(key => key.StartsWith("projects/vision/", StringComparison.Ordinal));
        await AskAsync(first, "keys", "revoke", name, "--project", "vision");
        Assert.Contains("RevokeApiKey", await AskAsync(first, "audit", "--resource", name), StringComparison.Ordinal);

        async Task<string> AskAsync(string key, params string[] arguments) =>
            (await AlignProgram.RunAsync(new ProgramInput { Environment = new Dictionary<string, string> { ["ALIGN_SERVER"] = server.Address, ["ALIGN_API_KEY"] = key } }, arguments)).Exits(0).Output;
    }
}
