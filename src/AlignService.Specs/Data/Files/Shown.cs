using AlignService.Text;

namespace AlignService.Specs.Data.Files;

/// <summary>What messages repeat of a job's paths and data: never more than a line.</summary>
internal static class Shown
{
    private const int MaxCharacters = 120, MaxNames = 20;

    /// <summary>A value, cut.</summary>
    public static string Value(string text) => string.Concat(ShortText.Cut(text, MaxCharacters).Select(character => char.IsControl(character) ? ' ' : character));

    /// <summary>A list of names, cut.</summary>
    public static string Names(IEnumerable<string> names)
    {
        string[] all = [.. names];
        string shown = string.Join(", ", all.Take(MaxNames).Select(Value));
        return all.Length > MaxNames ? $"{shown} and {all.Length - MaxNames} more" : shown;
    }
}
