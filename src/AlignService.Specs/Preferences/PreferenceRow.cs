using AlignService.Specs.Data;
using AlignService.Specs.Data.Formats;

namespace AlignService.Specs.Preferences;

/// <summary>Reads a preference from a row, by the source's field names.</summary>
internal sealed class PreferenceRow(PreferenceSourceConfig source)
{
    private readonly FieldTemplate? _prompt = FieldTemplate.Parse(source.PromptTemplate);

    /// <summary>The fields that are read.</summary>
    public IReadOnlyCollection<string> Fields =>
        [source.PromptField, source.ChosenField, source.RejectedField, source.MarginField, source.ToolsField, source.TemplateArgumentsField, .. _prompt?.Fields ?? []];

    /// <exception cref="DataRowException">The row is not a preference.</exception>
    public Preference Read(DataRow row, int index)
    {
        string[] absent = [.. new[] { source.ChosenField, source.RejectedField }.Where(field => row.Value(field) is null)];
        if (absent.Length > 0)
        {
            throw new DataRowException(
                $"{string.Join(" and ", absent.Select(field => $"\"{field}\""))} missing (fields: {row.FieldNames}); name the fields in the source");
        }

        double margin = row.Number(source.MarginField) ?? 0;
        Preference read = Find(row, index) with { Margin = margin };
        Preference preference = read with { Prompt = TurnFields.WithTemplateValues(read.Prompt, row, source) };
        return preference.FindFault() is { } fault ? throw new DataRowException(fault) : preference;
    }

    private Preference Find(DataRow row, int index)
    {
        Prompt? prompt = _prompt is null ? TurnFields.Prompt(row, source.PromptField, index) : new Prompt(index, _prompt.Fill(row), null, null);
        if (prompt is null)
        {
            return FromConversations(row, index, without: $"without \"{source.PromptField}\" they");
        }

        // Conversations that repeat a prompt which the row also has as text: it is in them as the user's message, and what else they share is part of the prompt too.
        return prompt.Text is { } text && IsConversation(row, source.ChosenField) && IsConversation(row, source.RejectedField)
            ? Repeating(text, FromConversations(row, index, without: "as conversations they"))
            : new Preference(prompt, Answer(row, source.ChosenField, prompt), Answer(row, source.RejectedField, prompt));
    }

    private Preference Repeating(string text, Preference preference) =>
        preference.Prompt.Messages!.Any(message => message.Content?.Trim() == text.Trim()) // it is from conversations
            ? preference
            : throw new DataRowException(
                $"no message that \"{source.ChosenField}\" and \"{source.RejectedField}\" begin with is the text of \"{source.PromptField}\"; give the answers alone, or name a prompt_field that no row has, for the shared messages to be the prompt");

    private static bool IsConversation(DataRow row, string field) => TurnFields.Messages(row, field) is { Count: > 1 };

    /// <summary>The answer alone, or after the prompt's messages.</summary>
    private static string Answer(DataRow row, string field, Prompt prompt)
    {
        bool repeatsPrompt = prompt.Messages is { } asked && TurnFields.Messages(row, field) is { } messages && messages.Count == asked.Count + 1
            && messages.Take(asked.Count).SequenceEqual(asked) && TurnFields.IsAssistant(messages[^1]);
        return repeatsPrompt ? TurnFields.Answer(row.Messages(field)![^1], field) : TurnFields.Answer(row, field)!;
    }

    private Preference FromConversations(DataRow row, int index, string without)
    {
        if (TurnFields.Messages(row, source.ChosenField) is not { } chosen || TurnFields.Messages(row, source.RejectedField) is not { } rejected)
        {
            throw new DataRowException(
                $"\"{source.PromptField}\" does not exist (fields: {row.FieldNames}); name it in prompt_field, or give both answers as messages that begin with the prompt");
        }

        int shared = chosen.Zip(rejected).TakeWhile(pair => pair.First == pair.Second).Count();
        bool isPair = shared > 0 && chosen.Count == shared + 1 && rejected.Count == shared + 1 && TurnFields.IsAssistant(chosen[^1]) && TurnFields.IsAssistant(rejected[^1]);
        return isPair
            ? new Preference(
                new Prompt(index, null, [.. chosen.Take(shared)], null),
                TurnFields.Answer(chosen[^1], source.ChosenField),
                TurnFields.Answer(rejected[^1], source.RejectedField))
            : throw new DataRowException(
                $"\"{source.ChosenField}\" and \"{source.RejectedField}\" share {shared} leading messages; {without} must share all but their last, which is the assistant's");
    }
}
