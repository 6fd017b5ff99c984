using System.Text;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Specs.Rewards.Schemas;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Testing;
using Google.Protobuf;
using Xunit;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Specs.Tests.Data;

/// <summary>Data with bytes that are not UTF-8 or with half of a surrogate pair: each row is listed with its field, and nothing is replaced.</summary>
public sealed class RowTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("02-lone-surrogate-in-data/surr.jsonl", "line 1: \"prompt\" has half of a surrogate pair")]
    [InlineData("02-lone-surrogate-in-data/s1.jsonl", "line 1: \"answer\" has half of a surrogate pair")]
    [InlineData("02-lone-surrogate-in-data/s2.jsonl", "line 1: \"note\" has half of a surrogate pair")]
    [InlineData("02-lone-surrogate-in-data/s3.jsonl", "line 1: \"messages[1].content\" has half of a surrogate pair")]
    [InlineData("02-lone-surrogate-in-data/s4.jsonl", "line 1: \"chosen\" has half of a surrogate pair")]
    [InlineData("02-lone-surrogate-in-data/s6.jsonl", "line 1: \"messages[1].tool_calls[0].x\" has half of a surrogate pair")]
    [InlineData("02-lone-surrogate-in-data/surk.jsonl", "line 1: the name of a field has half of a surrogate pair")]
    [InlineData("03-data-not-utf8/latin1.jsonl", "\"prompt\" is not UTF-8 text (byte 0xE9 after")]
    public void Load_TheCases_AreListedWithRowAndField(string file, string expected) => Assert.Contains(expected, PromptFault(SharedFolder.Require(Path.Combine("cases", file))), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"prompt": "\udead"}""", "\"prompt\" has half")]
    [InlineData("""{"prompt": "\uD83D\u0041"}""", "\"prompt\" has half")]
    [InlineData("""{"prompt": "\ude00\ud83d"}""", "\"prompt\" has half")]
    [InlineData("""{"prompt": "a", "meta": {"a": [{"b": "\ud800"}]}}""", "\"meta.a[0].b\" has half")]
    [InlineData("""{"prompt": "a", "meta": {"\udfff": 1}}""", "the name of a field of \"meta\" has half")]
    [InlineData("""{"messages": [{"role": "user", "content": "a", "name": "\ud83d"}]}""", "\"messages[0].name\" has half")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}], "tools": "[{\"a\": \"\\ud83d\"}]"}""", "the JSON text of \"tools\" is not valid: \"[0].a\" has half")]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}], "template_arguments": {"a": "\ud83d"}}""", "\"template_arguments.a\" has half")]
    public void Load_HalfOfAPair_IsFoundWhereverItIs(string row, string expected)
    {
        string message = PromptFault(Write("rows.jsonl", Encoding.UTF8.GetBytes("{\"prompt\": \"fine \\ud83d\\ude00\"}\n" + row + "\n")));
        Assert.Contains("line 2: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("iso-8859-1", "caf\u00E9", "\"prompt\" is not UTF-8 text (byte 0xE9")]
    [InlineData("utf-16", "a", "is text in UTF-16")]
    [InlineData("utf-16BE", "a", "is text in UTF-16")]
    public void Load_AnotherEncoding_IsNamed(string name, string text, string expected)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        Assert.Contains(expected, PromptFault(Write("rows.jsonl", [.. encoding.GetPreamble(), .. encoding.GetBytes($"{{\"prompt\": \"{text}\"}}\n")])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xED, 0xA0, 0xBD }, "byte 0xED")] // half of a pair, encoded as UTF-8 does not allow
    [InlineData(new byte[] { 0xC3 }, "byte 0xC3")] // the rest of the character is missing
    [InlineData(new byte[] { 0xC0, 0xAF }, "byte 0xC0")] // longer than it must be
    [InlineData(new byte[] { 0xF5, 0x80, 0x80, 0x80 }, "byte 0xF5")] // beyond Unicode
    [InlineData(new byte[] { 0x93 }, "byte 0x93")] // a quotation mark of Windows
    public void Load_BytesThatAreNotUtf8_AreFoundInLinesAndLists(byte[] bytes, string expected)
    {
        byte[] row = [.. "{\"prompt\": \"a\", \"note\": \"b"u8, .. bytes, .. "\"}"u8];
        string lines = PromptFault(Write("rows.jsonl", [.. "{\"prompt\": \"ok\"}\n"u8, .. row, .. "\r\n"u8])), list = PromptFault(Write("rows.json", [.. "[{\"prompt\": \"ok\"},\n"u8, .. row, .. "]"u8]));
        Assert.Contains("line 2: \"note\" is not UTF-8 text (" + expected, lines, StringComparison.Ordinal);
        Assert.Contains("entry 2: \"note\" is not UTF-8 text (" + expected, list, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EveryKindOfRow_IsChecked()
    {
        string file = Write("rows.jsonl", """{"prompt": "a", "completion": "\ud83d", "chosen": "x", "rejected": "y\ud83d"}"""u8.ToArray());
        Assert.Contains("\"completion\" has half", Assert.Throws<DataException>(() => ExampleFile.Load(new ExampleSourceConfig { File = file }, FilePolicy.Anywhere, Cancel)).Message, StringComparison.Ordinal);
        Assert.Contains("\"completion\" has half", Assert.Throws<DataException>(() => PreferenceFile.Load(new PreferenceSourceConfig { File = file }, FilePolicy.Anywhere, Cancel)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ValidText_IsTakenAsItIs()
    {
        const string text = "\u00E9 \u4F60\u597D \U0001F600 \uFFFD \u2028 \\ud83d";
        byte[] lines = [.. "\uFEFF"u8, .. Encoding.UTF8.GetBytes($"{{\"prompt\": {System.Text.Json.JsonSerializer.Serialize(text)}}}\r\n\n{{\"prompt\": \"last\"}}")];
        Assert.Equal([text, "last"], PromptFile.Load(new PromptSourceConfig { File = Write("rows.jsonl", lines) }, FilePolicy.Anywhere, Cancel).Select(prompt => prompt.Text));
        byte[] list = [.. "\uFEFF"u8, .. Encoding.UTF8.GetBytes($"[{{\"prompt\": \"{text.Replace("\\", "\\\\", StringComparison.Ordinal)}\"}}]")];
        Assert.Equal([text], PromptFile.Load(new PromptSourceConfig { File = Write("rows.json", list) }, FilePolicy.Anywhere, Cancel).Select(prompt => prompt.Text));
    }

    [Fact]
    public void Load_DelimitedRows_NameTheFieldThatIsNotText()
    {
        byte[] rows = [.. "prompt,answer\nok,1\n"u8, .. "a,caf"u8, 0xE9, .. "\n\"b\nc"u8, 0xFF, .. "\",2\n"u8];
        string message = PromptFault(Write("rows.csv", rows));
        Assert.Contains("line 3: \"answer\" is not UTF-8 text (byte 0xE9 after 3 bytes)", message, StringComparison.Ordinal);
        Assert.Contains("line 4: \"prompt\" is not UTF-8 text (byte 0xFF on line 2, after 1 bytes)", message, StringComparison.Ordinal);
        Assert.Contains("the header cannot be read", PromptFault(Write("head.csv", [.. "pr"u8, 0xE9, .. ",answer\nok,1\n"u8])), StringComparison.Ordinal);
    }

    /// <summary>A line longer than the buffer, and lines that end at its border.</summary>
    [Theory]
    [InlineData(65_520)]
    [InlineData(65_521)]
    [InlineData(65_522)]
    [InlineData(200_000)]
    public void Load_LongLines_AreWhole(int length)
    {
        string text = new('x', length);
        string file = Write("rows.jsonl", Encoding.UTF8.GetBytes($"{{\"prompt\": \"{text}\"}}\n{{\"prompt\": \"b\"}}\n"));
        Assert.Equal([text, "b"], PromptFile.Load(new PromptSourceConfig { File = file }, FilePolicy.Anywhere, Cancel).Select(prompt => prompt.Text));
    }

    [Theory]
    [InlineData("""[{"a": "\ud83d"}]""", null, "tools are not valid: \"[0].a\" has half")]
    [InlineData(null, """{"\udc00": 1}""", "template arguments are not valid: the name of a field has half")]
    public void FindFault_JsonOnTheWire_IsChecked(string? tools, string? arguments, string expected)
    {
        Prompt prompt = new(0, null, [new PromptMessage("user", "x")], null) { ToolsJson = tools, TemplateArgumentsJson = arguments };
        Assert.Contains(expected, prompt.FindFault(), StringComparison.Ordinal);
        Assert.Contains("further fields are not valid", new PromptMessage("user", "x") { FieldsJson = """{"name": "\ud83d"}""" }.FindFault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"const": "\ud83d"}""")]
    [InlineData("""{"properties": {"\ude00": {}}}""")]
    public void Parse_SchemaWithHalfOfAPair_IsRefused(string schema) => Assert.Contains("half of a surrogate pair", Assert.Throws<RewardException>(() => JsonSchema.Parse(schema, Cancel)).Message, StringComparison.Ordinal);

    [Fact]
    public void Decode_Bytes_AreTextOrAFault()
    {
        Assert.Equal("\u00E9", RowText.Decode([0xC3, 0xA9]));
        Assert.Contains("is not UTF-8 text (byte 0xE9 after 1 bytes)", Assert.Throws<DataRowException>(() => RowText.Decode([0x61, 0xE9])).Message, StringComparison.Ordinal);
    }

    /// <summary>What the wire's library does with bytes that are no text decides whether prompts need a check of their own.</summary>
    [Fact]
    public void Parse_MessageThatIsNotUtf8_IsRefusedOrNamed()
    {
        byte[] message = [.. new Wire.Prompt { Text = "caf?" }.ToByteArray()];
        message[^1] = 0xE9;
        Exception? fault = Record.Exception(() => Wire.Prompt.Parser.ParseFrom(message));
        Assert.IsType<InvalidProtocolBufferException>(fault);
    }

    public void Dispose() => _folder.Dispose();

    private static string PromptFault(string file) => Assert.Throws<DataException>(() => PromptFile.Load(new PromptSourceConfig { File = file }, FilePolicy.Anywhere, Cancel)).Message;

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(_folder[name], bytes);
        return _folder[name];
    }
}
