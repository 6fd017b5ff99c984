using System.Text;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Data;

/// <summary>Text with fields of a row in braces: <c>Review: {sentence}</c>. A brace itself is doubled.</summary>
internal sealed class FieldTemplate
{
    private readonly IReadOnlyList<(string Text, bool IsField)> _parts;

    private FieldTemplate(IReadOnlyList<(string Text, bool IsField)> parts) => _parts = parts;

    /// <summary>Names or paths.</summary>
    public IEnumerable<string> Fields => _parts.Where(part => part.IsField).Select(part => part.Text);

    /// <summary>What is wrong with a template; null where it is valid.</summary>
    public static string? FindFault(string template) => Read(template).Fault ?? (Read(template).Parts.Any(part => part.IsField) ? null : "it names no field; put one in braces, such as {question}");

    /// <summary>Null is none.</summary>
    /// <exception cref="DataException">It is not a template.</exception>
    public static FieldTemplate? Parse(string? template) => template is null ? null : FindFault(template) is { } fault ? throw new DataException($"The template \"{Shown.Value(template)}\" is wrong: {fault}.") : new(Read(template).Parts);

    /// <exception cref="DataRowException">A field is absent, or neither text, a number nor a boolean; or the result is empty.</exception>
    public string Fill(DataRow row)
    {
        StringBuilder filled = new();
        foreach ((string text, bool isField) in _parts)
        {
            filled.Append(isField ? Value(row, text) : text);
        }

        return filled.Length > 0 ? filled.ToString() : throw new DataRowException("the template gives empty text for this row");
    }

    private static string Value(DataRow row, string field) => row.Value(field) is not { } value
        ? throw new DataRowException($"\"{Shown.Value(field)}\", which the template names, does not exist (fields: {row.FieldNames})")
        : row.Scalar(field) ?? throw new DataRowException($"\"{Shown.Value(field)}\", which the template names, is a JSON {EmbeddedJson.Word(value.ValueKind)}, but text is expected; name a field in it: {Shown.Value(field)}.NAME");

    private static (IReadOnlyList<(string Text, bool IsField)> Parts, string? Fault) Read(string template)
    {
        List<(string, bool)> parts = [];
        StringBuilder text = new();
        for (int at = 0; at < template.Length; at++)
        {
            char character = template[at];
            if (character is not ('{' or '}'))
            {
                text.Append(character);
            }
            else if (at + 1 < template.Length && template[at + 1] == character)
            {
                text.Append(character);
                at++;
            }
            else if (character == '}')
            {
                return (parts, $"character {at + 1} is a closing brace without an opening one; write }}}} for the character itself");
            }
            else
            {
                int end = template.IndexOfAny(['{', '}'], at + 1);
                string field = end > at ? template[(at + 1)..end].Trim() : "";
                if (end < 0 || template[end] == '{' || field.Length == 0)
                {
                    return (parts, $"the brace at character {at + 1} does not enclose the name of a field; write {{{{ for the character itself");
                }

                parts.Add((text.ToString(), false));
                parts.Add((field, true));
                text.Clear();
                at = end;
            }
        }

        parts.Add((text.ToString(), false));
        return (parts, null);
    }
}
