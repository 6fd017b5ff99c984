using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace AlignService.Text.Chat.Values;

/// <summary>Converts JSON to template values: the order of keys is kept, a number with a point or an exponent is a float, others are exact.</summary>
internal static class JsonValues
{
    private const int DeepestNesting = 200, MostDigits = 4300;

    public static object From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => FromObject(element),
        JsonValueKind.Array => Sequence.List([.. element.EnumerateArray().Select(From)]),
        JsonValueKind.String => Text(element.GetString),
        JsonValueKind.Number => FromNumber(element.GetRawText()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => None.Value,
    };

    /// <summary>A JSON text as Python reads it, of equal keys the last one; NaN and infinities, which JSON does not have, are refused.</summary>
    public static object Parse(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = DeepestNesting });
            return From(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw new TemplateFault($"from_json requires JSON text: {fault.Message}");
        }
    }

    private static Mapping FromObject(JsonElement element)
    {
        var mapping = new Mapping();
        foreach (JsonProperty property in element.EnumerateObject())
        {
            mapping[Text(() => property.Name)] = From(property.Value);
        }

        return mapping;
    }

    private static object FromNumber(string text) => text.AsSpan().IndexOfAny('.', 'e', 'E') < 0
        ? text.Length > MostDigits ? throw new TemplateFault($"an integer of more than {MostDigits} digits is not allowed, as in Python") : BigInteger.Parse(text, CultureInfo.InvariantCulture)
        : double.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(Func<string?> read)
    {
        try
        {
            return read()!;
        }
        catch (InvalidOperationException)
        {
            throw new TemplateFault("a string in the messages has half of a surrogate pair, which is not valid text");
        }
    }
}
