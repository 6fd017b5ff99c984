using System.Text.Json;
using AlignService.Specs.Rewards.Schemas;
using AlignService.Specs.Rewards.Scoring;
using Xunit;

namespace AlignService.Training.Tests.Rewards.Schemas;

/// <summary>The cases of the JSON Schema organisation's test suite for 2020-12, and what it does not ask.</summary>
public sealed class JsonSchemaTests
{
    /// <summary>What is refused on purpose; a case may be refused for nothing else.</summary>
    private static readonly string[] RefusedOnPurpose =
        ["is not supported; leave it out", "does not refer to a location in this schema", "cannot have its own $id", "Look-around and back-references are not supported"];

    private static readonly string Suite = Path.Combine(AppContext.BaseDirectory, "json-schema-suite");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Suite, "*.json").Select(file => Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Accepts_CaseOfTheTestSuite_SaysWhatItExpects(string file)
    {
        using JsonDocument groups = JsonDocument.Parse(File.ReadAllText(Path.Combine(Suite, file)));
        List<string> wrong = [];
        int asked = 0;
        foreach (JsonElement group in groups.RootElement.EnumerateArray())
        {
            string name = group.GetProperty("description").GetString()!;
            if (Read(group.GetProperty("schema"), name, wrong) is not JsonSchema schema)
            {
                continue;
            }

            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                asked++;
                if (schema.Accepts(test.GetProperty("data")) != test.GetProperty("valid").GetBoolean())
                {
                    wrong.Add($"{name}: {test.GetProperty("description").GetString()}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(asked > 1);
    }

    [Theory]
    [InlineData("{", "is not JSON")]
    [InlineData("3", "at #, a schema must be an object, true or false")]
    [InlineData("""{"type": "text"}""", "at #/type, \"text\" is not a type; known: null, boolean")]
    [InlineData("""{"minLength": -1}""", "at #/minLength, it is -1; it must be a whole number")]
    [InlineData("""{"unevaluatedProperties": false}""", "\"unevaluatedProperties\" is not supported; leave it out")]
    [InlineData("""{"requried": ["a"]}""", "\"requried\" is not supported; leave it out")]
    [InlineData("""{"properties": {"a": {"pattern": "(?=x)"}}}""", "at #/properties/a/pattern, the pattern \"(?=x)\" cannot be used")]
    [InlineData("""{"$ref": "https://example.com/schema"}""", "does not refer to a location in this schema")]
    [InlineData("""{"$ref": "#/$defs/absent"}""", "there is nothing at #/$defs/absent")]
    [InlineData("""{"$ref": "#"}""", "refers to itself endlessly")]
    [InlineData("""{"properties": {"x": {"$ref": "#/$defs/b"}}, "allOf": [{"$ref": "#/$defs/b"}], "$defs": {"b": {"$ref": "#"}}}""", "refers to itself endlessly")]
    public void Parse_SchemaThatCannotBeUsed_IsRefused(string schema, string message) =>
        Assert.Contains(message, Assert.Throws<RewardException>(() => TestSchema.Parse(schema)).Message);

    [Fact]
    public void Accepts_EvilPattern_TakesLinearTime()
    {
        JsonSchema schema = TestSchema.Parse("""{"pattern": "^(a+)+$"}""");

        Assert.False(schema.Accepts(JsonSerializer.SerializeToElement(new string('a', 50_000) + "b")));
        Assert.False(schema.Accepts(JsonSerializer.SerializeToElement("a\n")));
    }

    [Fact]
    public void Parse_SchemaOfTooManyCharacters_IsRefused()
    {
        string schema = $$"""{"description": "{{new string('a', 250_000)}}"}""";

        Assert.Contains("it may have at most 250000", Assert.Throws<RewardException>(() => TestSchema.Parse(schema)).Message);
    }

    [Fact]
    public void Parse_ChainOverOneValue_IsRefusedBeyondItsBound()
    {
        Assert.True(TestSchema.Parse(Chain(98, next => $$"""{"$ref": "{{next}}"}""")).Accepts(JsonElement.Parse("\"a\"")));

        RewardException fault = Assert.Throws<RewardException>(() => TestSchema.Parse(Chain(5000, next => $$"""{"$ref": "{{next}}"}""")));
        Assert.Contains("more than 100 schemas apply to one value", fault.Message);
    }

    [Fact]
    public void Accepts_ChainThatStepsIntoTheValue_MayBeOfAnyLength()
    {
        JsonSchema schema = TestSchema.Parse(Chain(4000, next => $$"""{"properties": {"a": {"$ref": "{{next}}"} } }"""));

        Assert.True(schema.Accepts(JsonElement.Parse("""{"a": {"a": {"a": 1}}}""")));
    }

    /// <summary>Each of 60 definitions refers twice to the next, and a list of lists is held twice against the schema itself: 2^60 checks.</summary>
    [Fact]
    public void Accepts_ValueThatNeedsTooMuchWork_IsRefusedSoon()
    {
        JsonSchema doubled = TestSchema.Parse(Chain(40, next => $$"""{"allOf": [{"$ref": "{{next}}"}, {"$ref": "{{next}}"}]}"""));
        JsonSchema recursive = TestSchema.Parse("""{"anyOf": [{"items": {"$ref": "#"}, "minItems": 1}, {"items": {"$ref": "#"}, "minItems": 1}]}""");

        Assert.False(doubled.Accepts(JsonElement.Parse("\"a\"")));
        Assert.False(recursive.Accepts(JsonElement.Parse(new string('[', 60) + new string(']', 60))));
        Assert.True(recursive.Accepts(JsonElement.Parse("[[[3]]]")));
    }

    /// <summary>A chain as long as may be, gone through again at each level of a deep value.</summary>
    [Fact]
    public void Accepts_ValueThatNeedsTooDeepCalls_IsRefused()
    {
        string schema = Chain(48, next => $$"""{"allOf": [{"$ref": "{{next}}"}]}""", last: """{"items": {"$ref": "#"}}""");

        Assert.False(TestSchema.Parse(schema).Accepts(JsonElement.Parse(new string('[', 60) + new string(']', 60))));
        Assert.True(TestSchema.Parse(schema).Accepts(JsonElement.Parse("[[1]]")));
    }

    [Theory]
    [InlineData("[1, 1.0]", false)]
    [InlineData("[1e2, 100]", false)]
    [InlineData("[0, -0]", false)]
    [InlineData("[1, \"1\", true, null, [1], {\"a\": 1}, false, \"\", [], {}]", true)]
    [InlineData("[{\"a\": 1, \"b\": [2]}, {\"b\": [2.0], \"a\": 1}]", false)]
    [InlineData("[{\"a\": 1, \"b\": 2}, {\"a\": 2, \"b\": 1}]", true)]
    [InlineData("[[1, 2], [2, 1]]", true)]
    [InlineData("[9007199254740993, 9007199254740992]", true)] // one double
    public void Accepts_UniqueItemsAndEnum_CompareByValue(string items, bool areUnique)
    {
        Assert.Equal(areUnique, TestSchema.Parse("""{"uniqueItems": true}""").Accepts(JsonElement.Parse(items)));
        JsonElement[] list = [.. JsonElement.Parse(items).EnumerateArray()];
        JsonSchema others = TestSchema.Parse($$"""{"enum": [{{string.Join(',', list[1..].Select(item => item.GetRawText()))}}] }""");
        Assert.Equal(!areUnique, others.Accepts(list[0]));
    }

    /// <summary>Comparing each with each would be 200 million comparisons, and 900 million.</summary>
    [Fact]
    public void Accepts_LongLists_TakesAboutLinearTime()
    {
        JsonElement numbers = JsonElement.Parse($"[{string.Join(',', Enumerable.Range(0, 20_000))}]");
        Assert.True(TestSchema.Parse("""{"uniqueItems": true}""").Accepts(numbers));
        Assert.True(TestSchema.Parse($$"""{"items": {"enum": [{{string.Join(',', Enumerable.Range(-15_000, 35_000))}}] } }""").Accepts(numbers));
    }

    /// <summary>A million numbers that are one double each have one hash: what then is compared is counted.</summary>
    [Fact]
    public void Accepts_ListOfNumbersThatAreHardToTellApart_IsRefusedSoon()
    {
        string list = string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"1.00000000000000000000{i:D4}1"));
        Assert.False(TestSchema.Parse("""{"uniqueItems": true}""").Accepts(JsonElement.Parse($"[{list}]")));
    }

    [Fact]
    public void ParseAndAccepts_Cancelled_End()
    {
        var cancelled = new CancellationToken(canceled: true);
        const string text = """{"items": {"patternProperties": {"^a": {"uniqueItems": true} } } }""";

        Assert.Throws<OperationCanceledException>(() => JsonSchema.Parse(text, cancelled));
        Assert.Throws<OperationCanceledException>(() => TestSchema.Parse(text).Accepts(JsonElement.Parse("[{\"a\": [1, 2]}]"), cancelled));
    }

    private static string Chain(int count, Func<string, string> link, string last = """{"type": "string"}""")
    {
        IEnumerable<string> definitions = Enumerable.Range(0, count).Select(i => $"\"d{i}\": {(i + 1 < count ? link($"#/$defs/d{i + 1}") : last)}");
        return $$"""{"$defs": {{{string.Join(',', definitions)}}}, "$ref": "#/$defs/d0"}""";
    }

    private static JsonSchema? Read(JsonElement schema, string name, List<string> wrong)
    {
        try
        {
            return TestSchema.Parse(schema.GetRawText());
        }
        catch (RewardException fault)
        {
            if (!RefusedOnPurpose.Any(reason => fault.Message.Contains(reason, StringComparison.Ordinal)))
            {
                wrong.Add($"{name}: {fault.Message}");
            }

            return null;
        }
    }
}
