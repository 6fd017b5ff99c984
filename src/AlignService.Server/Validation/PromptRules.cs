using AlignService.Model;
using AlignService.Training.Data;
using AlignService.Training.Prompts;
using AlignService.Training.Rewards;

namespace AlignService.Server.Validation;

/// <summary>Checks that a prompt source can be read and that each of its rows is a prompt.</summary>
internal static class PromptRules
{
    /// <summary>Faulty rows that are named one by one; the rest is counted.</summary>
    private const int MaxNamedRows = 10;

    /// <summary>Reads the source whole; returns its prompts where nothing is wrong with it.</summary>
    public static IReadOnlyList<Prompt>? Check(PromptSourceConfig source, FaultList faults, string path)
    {
        if (source.Limit < 0)
        {
            faults.Add($"{path}.limit", $"it is {source.Limit}; it must be 1 or more, or 0 for all.");
        }

        if (source.File is not null && source.Inline.Count > 0)
        {
            faults.Add(path, $"file and inline are both set ({source.Inline.Count} inline prompts); set exactly one.");
            return null;
        }

        if (source.File is null && source.Inline.Count == 0)
        {
            faults.Add(path, "there are no prompts; set file (JSONL, JSON or Parquet) or inline.");
            return null;
        }

        var rows = new RowFaults(faults);
        IReadOnlyList<Prompt> prompts = source.File is null ? CheckInline(source, rows, path) : ReadFile(source, rows, $"{path}.file");
        rows.Close(source.File is null ? $"{path}.inline" : $"{path}.file");
        return faults.HasFaultAt(path) ? null : prompts;
    }

    /// <summary>Rewards that compare with an answer need one in every prompt.</summary>
    public static void CheckAnswers(IReadOnlyList<Prompt> prompts, IReadOnlyList<RewardConfig> rewards, PromptSourceConfig source, FaultList faults, string path)
    {
        int missing = prompts.Count(prompt => prompt.Answer is null);
        if (missing == 0 || !rewards.Any(NeedsAnswer))
        {
            return;
        }

        string names = string.Join(", ", rewards.Where(NeedsAnswer).Select(reward => reward.Name));
        string where = source.File is null ? "answer" : $"the field \"{source.AnswerField}\" (answer_field)";
        if (missing == prompts.Count)
        {
            faults.Add(path, $"none of the {prompts.Count} prompts has an answer in {where}, but the rewards {names} compare with it; add answers or drop those rewards.");
        }
        else
        {
            faults.Warn(path, $"{missing} of {prompts.Count} prompts have no answer in {where}; the rewards {names} give them no score.");
        }
    }

    private static bool NeedsAnswer(RewardConfig reward) => reward is ExactMatchConfig or NumberMatchConfig or ChoiceConfig or CosineLengthConfig { CorrectSource: null };

    private static List<Prompt> CheckInline(PromptSourceConfig source, RowFaults rows, string path)
    {
        for (int i = 0; i < source.Inline.Count; i++)
        {
            CheckPrompt(source.Inline[i], $"{path}.inline[{i}]", rows);
        }

        return [.. source.Limit > 0 ? source.Inline.Take(source.Limit) : source.Inline];
    }

    private static IReadOnlyList<Prompt> ReadFile(PromptSourceConfig source, RowFaults rows, string field)
    {
        try
        {
            return PromptFile.Load(source);
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
            rows.Add(field, exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            rows.Add(field, $"{source.File} cannot be read by the server ({exception.Message}); give a JSONL, JSON or Parquet file that it can read, absolute or relative to its data root.");
        }

        return [];
    }

    private static void CheckPrompt(Prompt prompt, string field, RowFaults rows)
    {
        if (prompt.Text is null == prompt.Messages is null)
        {
            rows.Add(field, prompt.Text is null ? "it has neither text nor messages; set exactly one." : "it has both text and messages; set exactly one.");
        }
        else if (prompt.Messages is { } messages && messages.Any(message => message.Role.Length == 0))
        {
            rows.Add(field, "a message has no role; give system, user or assistant.");
        }
    }

    /// <summary>Names the first faulty rows and counts the others.</summary>
    private sealed class RowFaults(FaultList faults)
    {
        public int Count { get; private set; }

        public void Add(string field, string description)
        {
            if (Count++ < MaxNamedRows)
            {
                faults.Add(field, description);
            }
        }

        public void Close(string field)
        {
            if (Count > MaxNamedRows)
            {
                faults.Add(field, $"{Count - MaxNamedRows} further rows are faulty.");
            }
        }
    }
}
