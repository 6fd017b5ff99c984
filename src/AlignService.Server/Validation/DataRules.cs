using AlignService.Specs.Data;
using AlignService.Specs.Violations;

namespace AlignService.Server.Validation;

/// <summary>Checks that a source of training data can be read and that each of its rows can be used.</summary>
internal static class DataRules
{
    /// <summary>Reads the whole source; returns its rows if it is valid.</summary>
    public static IReadOnlyList<T>? Check<T>(CheckedSource<T> source, ViolationList violations, string path)
    {
        if (source.File is not null && source.Inline.Count > 0)
        {
            violations.Add(path, $"file and inline are both set ({source.Inline.Count} inline {source.Noun}); set exactly one.", ViolationCode.Conflict);
            return null;
        }

        if (source.File is null && source.Inline.Count == 0)
        {
            violations.Add(path, $"there are no {source.Noun}; set file (JSONL, JSON, CSV, TSV or Parquet) or inline.", ViolationCode.Missing);
            return null;
        }

        if (violations.HasAny($"{path}.prompt_template") || violations.HasAny($"{path}.completion_template"))
        {
            return null;
        }

        var rows = new RowFaults(violations);
        string place = source.File is null ? $"{path}.inline" : $"{path}.file";
        IReadOnlyList<T> values = source.File is null ? CheckInline(source, rows, place) : ReadFile(source, rows, place);
        rows.Close(place);
        if (violations.HasAny(path))
        {
            return null;
        }

        WarnOfAbsentFields(values, source, violations, path);
        WarnOfMessagesAsText(values, source, violations, path);
        return values;
    }

    /// <summary>A field that the job names but no row has is most likely misspelled.</summary>
    private static void WarnOfAbsentFields<T>(IReadOnlyList<T> rows, CheckedSource<T> source, ViolationList violations, string path)
    {
        foreach (NamedField<T> field in source.OptionalFields.Where(field => source.File is not null && field.IsNamed && !rows.Any(field.Has)))
        {
            violations.Warn($"{path}.{field.Setting}", $"none of the {rows.Count} {source.Noun} has the field \"{field.Name}\"; check its spelling.");
        }
    }

    /// <summary>Text is never taken for messages by itself, and a model would learn the JSON.</summary>
    private static void WarnOfMessagesAsText<T>(IReadOnlyList<T> rows, CheckedSource<T> source, ViolationList violations, string path)
    {
        int count = rows.Count(row => source.TextsOf(row).Any(TurnFields.LooksLikeMessages));
        if (count > 0)
        {
            violations.Warn(path, $"{count} of {rows.Count} {source.Noun} have a list of messages, written as JSON, where plain text is read, and are used as that text; {source.WayToMessages}");
        }
    }

    private static IReadOnlyList<T> CheckInline<T>(CheckedSource<T> source, RowFaults rows, string field)
    {
        for (int i = 0; i < source.Inline.Count; i++)
        {
            if (source.FindFault(source.Inline[i]) is { } fault)
            {
                rows.Add($"{field}[{i}]", $"{fault}.");
            }
        }

        return source.Limit > 0 ? [.. source.Inline.Take(source.Limit)] : source.Inline;
    }

    private static IReadOnlyList<T> ReadFile<T>(CheckedSource<T> source, RowFaults rows, string field)
    {
        try
        {
            return source.Load();
        }
        catch (DataException exception) when (exception.Faults.Count > 0)
        {
            foreach (string fault in exception.Faults)
            {
                rows.Add(field, fault);
            }
        }
        catch (AlignException exception)
        {
            rows.Add(field, exception.Message, exception is DataException { IsMissing: true } ? ViolationCode.NotFound : ViolationCode.Invalid);
        }

        return [];
    }
}

/// <summary>A field of a data file that a job may name and that rows may lack.</summary>
/// <param name="Setting">The job's field that names it.</param>
/// <param name="Name">Its name in the file.</param>
/// <param name="IsNamed">Whether the job sets it to something other than its default.</param>
/// <param name="Has">Whether a row has anything in it.</param>
internal sealed record NamedField<T>(string Setting, string Name, bool IsNamed, Func<T, bool> Has);

/// <summary>A source of training data of any kind, for validation.</summary>
internal sealed record CheckedSource<T>
{
    /// <summary>Name of its rows: prompts, examples, preferences.</summary>
    public required string Noun { get; init; }

    /// <summary>Null where the rows are inline.</summary>
    public required string? File { get; init; }

    public required IReadOnlyList<T> Inline { get; init; }

    public required int Limit { get; init; }

    /// <summary>Optional fields.</summary>
    public IReadOnlyList<NamedField<T>> OptionalFields { get; init; } = [];

    /// <summary>What of it is held out.</summary>
    public required IHeldOutShare HeldOut { get; init; }

    /// <summary>The rows that are trained on, and those that are held out.</summary>
    public required Func<IReadOnlyList<T>, (IReadOnlyList<T> Training, IReadOnlyList<T> HeldOut)> Split { get; init; }

    /// <summary>What a row has as plain text.</summary>
    public required Func<T, IEnumerable<string?>> TextsOf { get; init; }

    /// <summary>How messages that are written as text are read as messages.</summary>
    public required string WayToMessages { get; init; }

    /// <summary>Reads the whole file.</summary>
    public required Func<IReadOnlyList<T>> Load { get; init; }

    /// <summary>What is wrong with an inline row; null where nothing is.</summary>
    public required Func<T, string?> FindFault { get; init; }
}

/// <summary>Checks that a share of a source can be held out.</summary>
internal static class HeldOutRules
{
    /// <summary>The two parts; null, with a violation, where one of them is empty or the share is no share.</summary>
    public static (IReadOnlyList<T> Training, IReadOnlyList<T> HeldOut)? Split<T>(Func<(IReadOnlyList<T>, IReadOnlyList<T>)> split, IHeldOutShare share, FieldViolations source)
    {
        const string setting = "held_out_fraction";
        if (share.HeldOutFraction != 0 && source.HasAny(setting))
        {
            return null;
        }

        try
        {
            return split();
        }
        catch (DataException fault)
        {
            source.Add(setting, fault.Message);
            return null;
        }
    }
}
