using AlignService.Specs.Data;

namespace AlignService.Specs.Preferences;

/// <summary>Reads preferences from a file, using the source's field names.</summary>
public static class PreferenceFile
{
    /// <summary>The preferences of a source, in order; inline ones are returned unchanged.</summary>
    /// <exception cref="DataException">The source cannot be used: all faulty rows are listed, with line numbers.</exception>
    public static IReadOnlyList<Preference> Load(PreferenceSourceConfig source) =>
        DataSource.Load(source.File, source.Inline, source.Limit, (row, index) => Read(row, source, index));

    private static Preference Read(DataRow row, PreferenceSourceConfig source, int index)
    {
        string[] absent = [.. new[] { source.ChosenField, source.RejectedField }.Where(field => row.Value(field) is null)];
        if (absent.Length > 0)
        {
            throw new DataRowException(
                $"{string.Join(" and ", absent.Select(field => $"\"{field}\""))} missing (fields: {string.Join(", ", row.Fields)}); name the fields in the source");
        }

        double margin = row.Number(source.MarginField) ?? 0;
        Preference preference = TurnFields.Prompt(row, source.PromptField, index) is { } prompt
            ? new Preference(prompt, Answer(row, source.ChosenField, prompt), Answer(row, source.RejectedField, prompt), margin)
            : FromConversations(row, source, index, margin);
        preference = preference with { Prompt = TurnFields.WithTemplateValues(preference.Prompt, row, source) };
        return preference.FindFault() is { } fault ? throw new DataRowException(fault) : preference;
    }

    /// <summary>The answer alone, or after the prompt's messages.</summary>
    private static string Answer(DataRow row, string field, Prompt prompt)
    {
        bool repeatsPrompt = prompt.Messages is { } asked && TurnFields.Messages(row, field) is { } messages && messages.Count == asked.Count + 1
            && messages.Take(asked.Count).SequenceEqual(asked) && TurnFields.IsAssistant(messages[^1]);
        return repeatsPrompt ? TurnFields.Answer(row.Messages(field)![^1], field) : TurnFields.Answer(row, field)!;
    }

    private static Preference FromConversations(DataRow row, PreferenceSourceConfig source, int index, double margin)
    {
        if (TurnFields.Messages(row, source.ChosenField) is not { } chosen || TurnFields.Messages(row, source.RejectedField) is not { } rejected)
        {
            throw new DataRowException(
                $"\"{source.PromptField}\" does not exist (fields: {string.Join(", ", row.Fields)}); name it in prompt_field, or give both answers as messages that begin with the prompt");
        }

        int shared = chosen.Zip(rejected).TakeWhile(pair => pair.First == pair.Second).Count();
        bool isPair = shared > 0 && chosen.Count == shared + 1 && rejected.Count == shared + 1 && TurnFields.IsAssistant(chosen[^1]) && TurnFields.IsAssistant(rejected[^1]);
        return isPair
            ? new Preference(
                new Prompt(index, null, [.. chosen.Take(shared)], null),
                TurnFields.Answer(chosen[^1], source.ChosenField),
                TurnFields.Answer(rejected[^1], source.RejectedField),
                margin)
            : throw new DataRowException(
                $"\"{source.ChosenField}\" and \"{source.RejectedField}\" share {shared} leading messages; without \"{source.PromptField}\" they must share all but their last, which is the assistant's");
    }
}
