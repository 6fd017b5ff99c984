using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Schemas of `json` rewards that are made to exhaust the server, sent to one in a process of its own with little memory.</summary>
public sealed class SchemaAttackTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Attacks => new()
    {
        { "a chain of references", Chain(6000, next => $"{{\"$ref\": \"{next}\"}}"), "more than 100 schemas apply to one value" },
        { "a long schema", Chain(20_000, next => $"{{\"$ref\": \"{next}\"}}"), "it may have at most 250000" },
        { "a circle", Chain(50, next => $"{{\"allOf\": [{{\"$ref\": \"{next}\"}}, {{\"$ref\": \"#\"}}]}}"), "refers to itself endlessly" },
        { "deep nesting", string.Concat(Enumerable.Repeat("{\"not\":", 30_000)) + "{}" + new string('}', 30_000), "is not JSON" },
        { "a wide pattern", """{"pattern": "((a{1000}){1000}){1000}"}""", "cannot be used" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task A_schema_made_to_exhaust_the_server_is_one_fault_and_the_server_lives_on(string name, string schema, string message)
    {
        await using RunningServer server = await RunningServer.StartAsync(workers: 0, new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x10000000" });
        string job = _folder.Write("job.json", $$"""
            {"grpo": {"model": "absent", "rewards": [{"name": "form", "json": {"schema": {{JsonSerializer.Serialize(schema)}} } }] } }
            """);

        ProgramResult refused = (await server.RunAsync("validate", job, "--json")).Exits(2);

        JsonArray faults = refused.Json["error"]!["faults"]!.AsArray();
        Assert.True(faults.Count(fault => ((string)fault!["message"]!).Contains(message, StringComparison.Ordinal)) == 1, $"{name}: {faults}");
        (await server.RunAsync("list")).Exits(0);
    }

    private static string Chain(int count, Func<string, string> link)
    {
        IEnumerable<string> definitions = Enumerable.Range(0, count).Select(i => $"\"d{i}\": {(i + 1 < count ? link($"#/$defs/d{i + 1}") : "{\"type\": \"string\"}")}");
        return $"{{\"$defs\": {{{string.Join(',', definitions)}}}, \"$ref\": \"#/$defs/d0\"}}";
    }
}
