using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlignService.Specs.Rewards.Schemas;

/// <summary>Keywords that check a value by themselves.</summary>
internal static class SchemaAssertions
{
    private static readonly string[] Types = ["null", "boolean", "object", "array", "number", "string", "integer"];

    /// <returns>Null where the keyword is not among them.</returns>
    public static Func<JsonElement, bool>? Of(JsonProperty keyword, string path)
    {
        JsonElement given = keyword.Value;
        return keyword.Name switch
        {
            "type" => Type(given, path),
            "enum" => Enum(given, path),
            "const" => value => JsonElement.DeepEquals(value, given),
            "multipleOf" => MultipleOf(Number(given, path), path),
            "minimum" => Compared(Number(given, path), order => order >= 0),
            "maximum" => Compared(Number(given, path), order => order <= 0),
            "exclusiveMinimum" => Compared(Number(given, path), order => order > 0),
            "exclusiveMaximum" => Compared(Number(given, path), order => order < 0),
            "minLength" => Length(JsonValueKind.String, Count(given, path), isLeast: true),
            "maxLength" => Length(JsonValueKind.String, Count(given, path), isLeast: false),
            "minItems" => Length(JsonValueKind.Array, Count(given, path), isLeast: true),
            "maxItems" => Length(JsonValueKind.Array, Count(given, path), isLeast: false),
            "minProperties" => Length(JsonValueKind.Object, Count(given, path), isLeast: true),
            "maxProperties" => Length(JsonValueKind.Object, Count(given, path), isLeast: false),
            "pattern" => Pattern(given, path),
            "required" => Required(Names(given, path)),
            "dependentRequired" => DependentRequired(given, path),
            _ => null,
        };
    }

    /// <summary>The keyword uniqueItems, whose work is counted; null where it is another.</summary>
    public static SchemaCheck? UniqueItems(JsonProperty keyword, string path) => (keyword.Name, keyword.Value.ValueKind) switch
    {
        ("uniqueItems", JsonValueKind.False) => (_, _) => true,
        ("uniqueItems", JsonValueKind.True) => (value, evaluation) => value.ValueKind != JsonValueKind.Array || JsonIdentity.AreUnique(value, evaluation),
        ("uniqueItems", _) => throw SchemaCompiler.Fault(path, "it must be true or false"),
        _ => null,
    };

    /// <summary>A keyword's count; null where the schema does not have it.</summary>
    public static int? Count(JsonElement schema, string keyword, string path) => schema.TryGetProperty(keyword, out JsonElement value) ? Count(value, path) : null;

    private static Func<JsonElement, bool> Type(JsonElement given, string path)
    {
        string[] names = given.ValueKind == JsonValueKind.Array ? Names(given, path) : [given.ValueKind == JsonValueKind.String ? given.GetString()! : given.GetRawText()];
        return names.FirstOrDefault(name => !Types.Contains(name)) is string unknown
            ? throw SchemaCompiler.Fault(path, $"\"{unknown}\" is not a type; known: {string.Join(", ", Types)}")
            : value => names.Any(name => IsOfType(value, name));
    }

    private static bool IsOfType(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.Null => type == "null",
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        _ => type == "number" || (type == "integer" && double.IsInteger(value.GetDouble())),
    };

    private static Func<JsonElement, bool> Enum(JsonElement given, string path)
    {
        ILookup<int, JsonElement> allowed = given.ValueKind == JsonValueKind.Array ? JsonIdentity.Lookup(given) : throw SchemaCompiler.Fault(path, "it must be a list of values");
        return value => JsonIdentity.Contains(allowed, value);
    }

    /// <summary>In decimal where possible, so 0.3 is a multiple of 0.1.</summary>
    private static Func<JsonElement, bool> MultipleOf(JsonElement given, string path)
    {
        double unit = given.GetDouble();
        if (!(unit > 0))
        {
            throw SchemaCompiler.Fault(path, $"it is {given.GetRawText()}; it must be above 0");
        }

        return value => value.ValueKind != JsonValueKind.Number
            || (value.TryGetDecimal(out decimal number) && given.TryGetDecimal(out decimal exact) && exact > 0 ? number % exact == 0 : double.IsInteger(value.GetDouble() / unit));
    }

    private static Func<JsonElement, bool> Compared(JsonElement given, Predicate<int> isRight) => value => value.ValueKind != JsonValueKind.Number
        || isRight(value.TryGetDecimal(out decimal number) && given.TryGetDecimal(out decimal bound) ? number.CompareTo(bound) : value.GetDouble().CompareTo(given.GetDouble()));

    private static Func<JsonElement, bool> Length(JsonValueKind kind, int bound, bool isLeast) => value =>
    {
        if (value.ValueKind != kind)
        {
            return true;
        }

        int length = kind switch
        {
            JsonValueKind.String => value.GetString()!.EnumerateRunes().Count(),
            JsonValueKind.Array => value.GetArrayLength(),
            _ => value.EnumerateObject().Count(),
        };
        return isLeast ? length >= bound : length <= bound;
    };

    private static Func<JsonElement, bool> Pattern(JsonElement given, string path)
    {
        Regex pattern = SchemaPattern.Compile(given.ValueKind == JsonValueKind.String ? given.GetString()! : throw SchemaCompiler.Fault(path, "it must be text"), path);
        return value => value.ValueKind != JsonValueKind.String || pattern.IsMatch(value.GetString()!);
    }

    private static Func<JsonElement, bool> Required(string[] names) => value => value.ValueKind != JsonValueKind.Object || names.All(name => value.TryGetProperty(name, out _));

    private static Func<JsonElement, bool> DependentRequired(JsonElement given, string path)
    {
        if (given.ValueKind != JsonValueKind.Object)
        {
            throw SchemaCompiler.Fault(path, "it must be an object with lists of names");
        }

        (string Name, Func<JsonElement, bool> Check)[] rules = [.. given.EnumerateObject().Select(rule => (rule.Name, Required(Names(rule.Value, path))))];
        return value => value.ValueKind != JsonValueKind.Object || rules.All(rule => !value.TryGetProperty(rule.Name, out _) || rule.Check(value));
    }

    private static JsonElement Number(JsonElement given, string path) => given.ValueKind == JsonValueKind.Number ? given : throw SchemaCompiler.Fault(path, "it must be a number");

    private static int Count(JsonElement given, string path) =>
        given.ValueKind == JsonValueKind.Number && given.GetDouble() is >= 0 and <= int.MaxValue and double count && double.IsInteger(count)
            ? (int)count
            : throw SchemaCompiler.Fault(path, $"it is {given.GetRawText()}; it must be a whole number, 0 or more");

    private static string[] Names(JsonElement given, string path) =>
        given.ValueKind == JsonValueKind.Array && given.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. given.EnumerateArray().Select(name => name.GetString()!)]
            : throw SchemaCompiler.Fault(path, "it must be a list of strings");
}
