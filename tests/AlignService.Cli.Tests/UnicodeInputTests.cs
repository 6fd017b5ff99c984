using System.Text;
using Xunit;

namespace AlignService.Cli.Tests;

/// <summary>Job files that are not valid text are refused with field and line; nothing goes over the wire with U+FFFD in its place.</summary>
public sealed class UnicodeInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("job.json", "{\n \"display_name\": \"a \\ud83d b\"\n}", 2, "display_name")]
    [InlineData("job.json", "{\"grpo\": {\"prompts\": {\"inline\": [{\"text\": \"ok\"},\n {\"text\": \"\\udc00\"}]}}}", 2, "grpo.prompts.inline[1].text")]
    [InlineData("job.json", "{\"labels\": {\n\"\\ud83d\": \"x\"}}", 2, "labels")]
    [InlineData("job.json", "{\"grpo\": {\"rewards\": [{\"name\": \"r\",\n\"java_script\": {\"script\": \"'\\ude00'\"}}]}}", 2, "grpo.rewards[0].java_script.script")]
    [InlineData("job.json", "{\"supervised\": {\"examples\": {\"inline\": [{\"messages\": [{\"role\": \"user\",\n\"content\": \"\\ud83d\\ud83d\"}]}]}}}", 2, "supervised.examples.inline[0].messages[0].content")]
    [InlineData("job.yaml", "seed: 1\ndisplay_name: \"a \\ud83d b\"\n", 2, "display_name")]
    [InlineData("job.yaml", "labels:\n  \"\\ude00\": x\n", 2, "labels")]
    public async Task Half_of_a_surrogate_pair_is_named_with_field_and_line(string file, string text, int line, string field)
    {
        var result = (await AlignProgram.RunAsync("validate", _folder.Write(file, text), "--json")).Exits(2);
        Assert.Contains(file.EndsWith("yaml", StringComparison.Ordinal) ? "surrogate" : "has half of a surrogate pair", result.Error, StringComparison.OrdinalIgnoreCase);
        var fault = result.Json["error"]!["faults"]![0]!;
        Assert.Equal(line, (int)fault["line"]!);
        Assert.Equal(file.EndsWith("yaml", StringComparison.Ordinal) ? "" : field, (string?)fault["field"]); // YAML's parser refuses the escape itself
    }

    [Theory]
    [InlineData("job.yaml")]
    [InlineData("job.json")]
    public async Task Another_encoding_is_refused(string name)
    {
        string path = Path.Combine(_folder.Path, name);
        await File.WriteAllBytesAsync(path, [.. "{\n \"display_name\": \"caf"u8, 0xE9, .. "\"}"u8], TestContext.Current.CancellationToken);
        Assert.Contains($"The job file {path} is not UTF-8 text (byte 0xE9 on line 2, after 21 bytes); save it as UTF-8.", (await AlignProgram.RunAsync("submit", path)).Exits(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task A_byte_order_mark_says_which_encoding_it_is(string name)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        string path = Path.Combine(_folder.Path, "job.json");
        await File.WriteAllBytesAsync(path, [.. encoding.GetPreamble(), .. encoding.GetBytes("{\n \"sed\": 1, \"display_name\": \"caf\u00E9 \\ud83d\\ude00\"}")], TestContext.Current.CancellationToken);
        Assert.Contains("\"sed\" is not a field of a job; did you mean seed?", (await AlignProgram.RunAsync("validate", path)).Exits(2).Error, StringComparison.Ordinal);
    }
}
