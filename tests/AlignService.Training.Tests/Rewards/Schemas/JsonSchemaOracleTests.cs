using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Specs.Rewards.Schemas;
using Xunit;
using Oracle = Json.Schema;

namespace AlignService.Training.Tests.Rewards.Schemas;

/// <summary>Random schemas and values, judged by this project and by JsonSchema.Net, which implements all of 2020-12.</summary>
public sealed class JsonSchemaOracleTests
{
    private const int SchemaCount = 3000;
    private const int ValuesPerSchema = 12;

    private static readonly string[] Names = ["a", "b", "c1", ""];
    private static readonly string[] Patterns = ["^a", "b$", "[0-9]+", "^.{2,}$", "c\\d"];
    private static readonly string[] Types = ["null", "boolean", "object", "array", "number", "string", "integer"];

    [Fact]
    public void Accepts_RandomSchemasAndValues_AgreesWithTheLibrary()
    {
        var random = new Random(20_261_128);
        int accepted = 0, asked = 0;
        for (int i = 0; i < SchemaCount; i++)
        {
            string text = Root(random).ToJsonString();
            JsonSchema ours = TestSchema.Parse(text);
            var theirs = Oracle.JsonSchema.FromText(text, new Oracle.BuildOptions { SchemaRegistry = new() });
            for (int k = 0; k < ValuesPerSchema; k++)
            {
                JsonElement value = JsonSerializer.SerializeToElement(Value(random, 3));
                bool expected = theirs.Evaluate(value, new Oracle.EvaluationOptions { OutputFormat = Oracle.OutputFormat.Flag }).IsValid;
                Assert.True(ours.Accepts(value) == expected, $"The library says {expected} of {value.GetRawText()} under {text}");
                (asked, accepted) = (asked + 1, accepted + (expected ? 1 : 0));
            }
        }

        // Neither verdict is rare, so that both are tested.
        Assert.InRange((double)accepted / asked, 0.2, 0.8);
    }

    private static JsonObject Root(Random random)
    {
        JsonObject root = Schema(random, 3);
        root["$defs"] = new JsonObject { ["x"] = Schema(random, 0), ["tree"] = Tree(random) };
        return root;
    }

    /// <summary>Refers to itself, for the parts of a value.</summary>
    private static JsonObject Tree(Random random)
    {
        JsonObject tree = Schema(random, 0);
        tree[OneOf(random, ["items", "additionalProperties", "contains"])] = new JsonObject { ["$ref"] = "#/$defs/tree" };
        return tree;
    }

    private static JsonObject Schema(Random random, int depth)
    {
        var schema = new JsonObject();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            Add(schema, random, random.Next(depth == 0 ? 13 : 28), depth - 1);
        }

        return schema;
    }

    private static void Add(JsonObject schema, Random random, int keyword, int depth)
    {
        switch (keyword)
        {
            case 0: schema["type"] = OneOf(random, Types); break;
            case 1: schema["type"] = new JsonArray(OneOf(random, Types[..3]), OneOf(random, Types[3..])); break;
            case 2: schema["enum"] = new JsonArray(Value(random, 1), Value(random, 1), Value(random, 0)); break;
            case 3: schema["const"] = Value(random, 1); break;
            case 4: schema["multipleOf"] = random.Next(1, 8) / 2.0; break;
            case 5: schema[OneOf(random, ["minimum", "exclusiveMinimum"])] = random.Next(-3, 4); break;
            case 6: schema[OneOf(random, ["maximum", "exclusiveMaximum"])] = random.Next(-3, 9); break;
            case 7: schema[OneOf(random, ["minLength", "minItems", "minProperties"])] = random.Next(3); break;
            case 8: schema[OneOf(random, ["maxLength", "maxItems", "maxProperties"])] = random.Next(4); break;
            case 9: schema["pattern"] = OneOf(random, Patterns); break;
            case 10: schema["uniqueItems"] = random.Next(3) > 0; break;
            case 11: schema["required"] = new JsonArray(OneOf(random, Names)); break;
            case 12: schema["dependentRequired"] = new JsonObject { [OneOf(random, Names)] = new JsonArray(OneOf(random, Names)) }; break;
            case 13: schema["$ref"] = OneOf(random, ["#/$defs/x", "#/$defs/tree"]); break;
            case 14: schema["allOf"] = new JsonArray(Schema(random, depth), Schema(random, depth)); break;
            case 15: schema["anyOf"] = new JsonArray(Schema(random, depth), Schema(random, depth)); break;
            case 16: schema["oneOf"] = new JsonArray(Schema(random, depth), Schema(random, depth)); break;
            case 17: schema["not"] = Schema(random, depth); break;
            case 18: (schema["if"], schema["then"]) = (Schema(random, depth), Schema(random, depth)); break;
            case 19: (schema["if"], schema["else"]) = (Schema(random, depth), Schema(random, depth)); break;
            case 20: schema["dependentSchemas"] = new JsonObject { [OneOf(random, Names)] = Schema(random, depth) }; break;
            case 21: schema["properties"] = new JsonObject { ["a"] = Schema(random, depth), ["b"] = random.Next(4) > 0 }; break;
            case 22: schema["patternProperties"] = new JsonObject { [OneOf(random, Patterns)] = Schema(random, depth) }; break;
            case 23: schema["additionalProperties"] = random.Next(3) > 0 ? Schema(random, depth) : false; break;
            case 24: schema["propertyNames"] = Schema(random, depth); break;
            case 25: schema["prefixItems"] = new JsonArray(Schema(random, depth), Schema(random, depth)); break;
            case 26: schema["items"] = Schema(random, depth); break;
            default: (schema["contains"], schema["minContains"]) = (Schema(random, depth), random.Next(3)); break;
        }
    }

    private static JsonNode? Value(Random random, int depth) => random.Next(depth == 0 ? 6 : 10) switch
    {
        0 => null,
        1 => random.Next(2) == 0,
        2 => random.Next(-4, 10),
        3 => random.Next(-8, 20) / 4.0,
        4 or 5 => OneOf(random, ["", "a", "ab", "b7", "c1", "🜁🜁"]),
        6 or 7 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(random, depth - 1))]),
        _ => new JsonObject(Names.Where(_ => random.Next(2) == 0).Select(name => KeyValuePair.Create(name, Value(random, depth - 1)))),
    };

    private static string OneOf(Random random, string[] choices) => choices[random.Next(choices.Length)];
}
