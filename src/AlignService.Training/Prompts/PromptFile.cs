using System.Text.Json;

namespace AlignService.Training.Prompts;

/// <summary>Reads prompts from a JSONL file: an object a line, the fields by the names that the source gives.</summary>
public static class PromptFile
{
    /// <summary>The prompts of a source, in order; those given inline are only checked.</summary>
    /// <exception cref="PromptDataException">A row cannot be used: all such rows are listed, with line numbers.</exception>
    public static IReadOnlyList<Prompt> Load(PromptSourceConfig source)
    {
        IReadOnlyList<Prompt> prompts = source.File is string file ? Read(file, source) : source.Inline;
        if (prompts.Count == 0)
        {
            throw new PromptDataException(source.File is null
                ? "The prompt source names no file and holds no inline prompt; give one of the two."
                : $"{source.File} holds no prompt; give a JSONL file with an object such as {{\"{source.PromptField}\": \"...\"}} a line.");
        }

        return source.Limit > 0 ? [.. prompts.Take(source.Limit)] : prompts;
    }

    private static List<Prompt> Read(string file, PromptSourceConfig source)
    {
        if (!File.Exists(file))
        {
            throw new PromptDataException($"There is no prompt file {file}; give the path of a JSONL file that the server can read.");
        }

        List<Prompt> prompts = [];
        List<string> faults = [];
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            if (source.Limit > 0 && prompts.Count + faults.Count >= source.Limit)
            {
                break;
            }

            try
            {
                using JsonDocument row = JsonDocument.Parse(line);
                prompts.Add(new PromptRow(row.RootElement, source).Read(prompts.Count));
            }
            catch (JsonException fault)
            {
                faults.Add($"line {number}: not JSON: {fault.Message}");
            }
            catch (PromptRowException fault)
            {
                faults.Add($"line {number}: {fault.Message}");
            }
        }

        return faults.Count == 0 ? prompts : throw PromptDataException.Of($"{file}: {faults.Count} of {prompts.Count + faults.Count} rows cannot be used:", faults);
    }
}
