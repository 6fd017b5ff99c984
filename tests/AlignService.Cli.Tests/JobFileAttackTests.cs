using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Job files that are made to take all memory or time, or the stack: each ends in one error, in a process with little memory.</summary>
public sealed class JobFileAttackTests : IDisposable
{
    private static readonly ProgramInput LittleMemory = new() { Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x18000000" } };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string, string> Files => new()
    {
        { "aliases.yaml", AliasesOfAliases(levels: 12, width: 12), "values, aliases written out" },
        { "long-aliases.yaml", AliasesOfAliases(levels: 3, width: 2000), "values, aliases written out" },
        { "maps.yaml", string.Concat(Enumerable.Range(0, 20_000).Select(level => $"{new string(' ', level % 500)}a:\n")), "nested deeper than 32 levels" },
        { "flow.yaml", new string('[', 50_000), "nested deeper than 32 levels" },
        { "flow-maps.yaml", string.Concat(Enumerable.Repeat("{a: ", 20_000)), "nested deeper than 32 levels" },
        { "block.yaml", string.Concat(Enumerable.Range(0, 1500).Select(level => $"{new string(' ', level)}a:\n")), "nested deeper than 32 levels" },
        { "dashes.yaml", string.Concat(Enumerable.Repeat("- ", 20_000)), "nested deeper than 32 levels" },
        { "grown.yaml", "a: &a {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n" + Stacked(20), "nested deeper than 32 levels" },
        { "self.yaml", "grpo: &a\n  model: *a\n", "stands inside the value that it repeats" },
        { "nothing.yaml", "grpo:\n  model: *b\n", "There is no anchor &b above the alias *b" },
        { "arrays.json", new string('[', 100_000), "maximum configured depth" },
        { "objects.json", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), "maximum configured depth" },
        { "wide.json", $"{{{string.Join(",\n", Enumerable.Range(0, 300_000).Select(i => $"\"k{i % 299_999}\": 1"))}}}", "given twice" },
        { "text.yaml", $"seed: {new string('x', 1_000_000)}", "seed must be a whole number" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_job_file_made_to_exhaust_the_program_is_refused_in_a_few_lines(string name, string content, string message)
    {
        ProgramResult refused = (await AlignProgram.RunAsync(LittleMemory, "validate", _folder.Write(name, content))).Exits(2);

        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.InRange(refused.Error.Length, 1, 2000);
    }

    [Fact]
    public async Task A_device_that_never_ends_is_read_no_further_than_the_limit()
    {
        ProgramResult refused = (await AlignProgram.RunAsync(LittleMemory, "validate", "/dev/zero")).Exits(2);

        Assert.Contains("bytes, which is the most that is read", refused.Error, StringComparison.Ordinal);
    }

    private static string AliasesOfAliases(int levels, int width) =>
        "a0: &a0 [1]\n" + string.Concat(Enumerable.Range(1, levels).Select(level => $"a{level}: &a{level} [{string.Join(", ", Enumerable.Repeat($"*a{level - 1}", width))}]\n"));

    /// <summary>Every line is shallow as it is written and eight levels deeper than the one before when aliases are written out.</summary>
    private static string Stacked(int lines) =>
        string.Concat(Enumerable.Range(1, lines).Select(line => $"{Name(line)}: &{Name(line)} {{b: {{c: {{d: {{e: *{Name(line - 1)}}}}}}}}}\n"));

    private static string Name(int line) => $"{(char)('a' + line)}";
}
