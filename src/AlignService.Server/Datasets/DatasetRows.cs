using AlignService.Server.Validation;
using AlignService.Specs;
using AlignService.Specs.Binding;
using AlignService.Specs.Data;
using AlignService.Specs.Data.Files;
using AlignService.Specs.Examples;
using AlignService.Specs.Preferences;
using AlignService.Specs.Prompts;
using AlignService.Specs.Resources;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Datasets;

/// <summary>A row of a dataset, read as a prompt, an example or a preference.</summary>
/// <param name="Prompt">What is asked.</param>
/// <param name="Answers">What is answered: nothing to a prompt, and of a preference both.</param>
/// <param name="Encode">Its sequences for a model.</param>
internal sealed record DatasetRow(Prompt Prompt, IReadOnlyList<string> Answers, Func<RowEncoder, IReadOnlyList<EncodedText>> Encode);

/// <summary>The rows of a dataset as a request reads them, by the rules of the sources of jobs.</summary>
/// <param name="Rows">In order.</param>
/// <param name="Share">What of them is held out.</param>
/// <param name="Warnings">What is allowed but unusual.</param>
internal sealed record DatasetRows(IReadOnlyList<DatasetRow> Rows, IHeldOutShare Share, IReadOnlyList<string> Warnings)
{
    /// <exception cref="DataException">One of the two is empty.</exception>
    public (IReadOnlyList<DatasetRow> Training, IReadOnlyList<DatasetRow> HeldOut) Split() => HeldOutSplit.Of(Rows, Share, row => row.Prompt);

    /// <param name="dataset">What is read.</param>
    /// <param name="reading">Of a request.</param>
    /// <param name="policy">Where datasets are.</param>
    /// <param name="most">Read only the first; 0 is as many as the reading says.</param>
    /// <param name="cancellationToken">Checked with every row.</param>
    /// <exception cref="InvalidRequestException">The reading is not one.</exception>
    /// <exception cref="DataException">Rows cannot be used; all of them are listed.</exception>
    public static DatasetRows Load(StoredName dataset, Wire.DatasetReading? reading, FilePolicy policy, int most, CancellationToken cancellationToken)
    {
        switch (reading?.RowsCase)
        {
            case Wire.DatasetReading.RowsOneofCase.Prompts:
                PromptSourceConfig prompts = Read(new PromptSourceConfig(), reading.Prompts, "prompts", source => [("prompt_template", source.PromptTemplate)]);
                prompts = prompts with { File = dataset.ResourceName, Inline = [], Limit = Least(prompts.Limit, most) };
                return Load(PromptRules.Source(prompts, policy, cancellationToken), prompt => new DatasetRow(prompt, [], encoder => encoder.Encode(prompt)));
            case Wire.DatasetReading.RowsOneofCase.Examples:
                ExampleSourceConfig examples = Read(new ExampleSourceConfig(), reading.Examples, "examples", source => [("prompt_template", source.PromptTemplate), ("completion_template", source.CompletionTemplate)]);
                examples = examples with { File = dataset.ResourceName, Inline = [], Limit = Least(examples.Limit, most) };
                return Load(ExampleJobRules.Source(examples, policy, cancellationToken), example => new DatasetRow(example.Prompt, example.Completion is { } answer ? [answer] : [], encoder => encoder.Encode(example)));
            case Wire.DatasetReading.RowsOneofCase.Preferences:
                PreferenceSourceConfig preferences = Read(new PreferenceSourceConfig(), reading.Preferences, "preferences", source => [("prompt_template", source.PromptTemplate)]);
                preferences = preferences with { File = dataset.ResourceName, Inline = [], Limit = Least(preferences.Limit, most) };
                return Load(ExampleJobRules.Source(preferences, policy, cancellationToken), pair => new DatasetRow(pair.Prompt, [pair.Chosen, pair.Rejected], encoder => encoder.Encode(pair, reading.RewardModel)));
            default:
                throw new InvalidRequestException("reading", "it does not say how rows are read; set one of prompts, examples and preferences.");
        }
    }

    private static DatasetRows Load<T>(CheckedSource<T> source, Func<T, DatasetRow> rowOf)
    {
        IReadOnlyList<T> rows = source.Load();
        ViolationList unusual = new();
        DataRules.Check(source with { Load = () => rows }, unusual, $"reading.{source.Noun}");
        return new DatasetRows([.. rows.Select(rowOf)], source.HeldOut, [.. unusual.Warnings.Select(warning => $"{warning.Field}: {warning.Description}")]);
    }

    /// <summary>The settings, within their bounds.</summary>
    private static T Read<T>(T defaults, IMessage wire, string name, Func<T, IEnumerable<(string Setting, string? Template)>> templatesOf)
        where T : notnull
    {
        string path = $"reading.{name}";
        ViolationList violations = new();
        T read = (T)RecordReader.Read(defaults, MessageScope.Root(wire, path), new Reading(null, violations));
        new SettingChecks(violations, static _ => null).Check(read, defaults, MessageScope.Root(wire.Descriptor, path));
        foreach ((string setting, string? template) in templatesOf(read))
        {
            SourceRules.CheckTemplate(setting, template, violations.At(path));
        }

        violations.ThrowIfAny();
        return read;
    }

    private static int Least(int limit, int most) => limit == 0 || most == 0 ? Math.Max(limit, most) : Math.Min(limit, most);
}
