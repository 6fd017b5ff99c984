using System.CommandLine;
using System.Globalization;
using AlignService.Cli.JobFiles;
using AlignService.Cli.Output;
using AlignService.Contracts.V1;
using AlignService.Specs;
using AlignService.Specs.Violations;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using JobSpec = AlignService.Contracts.V1.JobSpec;

namespace AlignService.Cli.Commands;

/// <summary>How the rows of a dataset are read, and for which model.</summary>
/// <param name="Reading">Null where the user did not say.</param>
/// <param name="Model">Empty where the user named none.</param>
/// <param name="MaxLength">Tokens that a sequence may have; null is the model's context.</param>
internal sealed record ReadingChoice(DatasetReading? Reading, string Model, int? MaxLength);

/// <summary>The options of commands that read a dataset as a job would: by a job file, or by the kind of rows and settings.</summary>
internal sealed class ReadingOptions
{
    private static readonly string[] Kinds = [.. DatasetReading.Descriptor.Oneofs[0].Fields.Select(field => field.Name)];

    private readonly Option<string?> _as = new("--as") { Description = "What rows are: prompts, examples or preferences" };
    private readonly Option<string[]> _set = new("--set") { Description = "A setting of the source, as in job files: prompt_field=question; may be repeated", HelpName = "NAME=VALUE" };
    private readonly Option<string?> _job = new("--job") { Description = "Read rows as this job file does, for its model", HelpName = "JOB.yaml" };
    private readonly Option<string?> _model = new("--model") { Description = "Whose tokenizer and chat template: models/ID, jobs/JOB/checkpoints/best, or a directory that the server can read", HelpName = "MODEL" };
    private readonly Option<bool> _rewardModel = new("--reward-model") { Description = "Preferences as a reward model reads them" };

    public void AddTo(Command command)
    {
        _as.AcceptOnlyFromAmong(Kinds);
        foreach (Option option in (Option[])[_as, _set, _job, _model, _rewardModel])
        {
            command.Add(option);
        }
    }

    public async Task<ReadingChoice> ReadAsync(ParseResult result, CancellationToken cancellationToken)
    {
        ReadingChoice choice = result.GetValue(_job) is { } file ? OfJob(await JobFile.ReadAsync(file, [], cancellationToken)) : new ReadingChoice(null, "", null);
        if (result.GetValue(_as) is { } kind && (choice.Reading is null || KindOf(choice.Reading) != kind))
        {
            choice = choice with { Reading = new DatasetReading() };
            SourceOf(choice.Reading, kind);
        }

        string[] settings = result.GetValue(_set) ?? [];
        if (settings.Length > 0)
        {
            DatasetReading reading = choice.Reading ?? throw new CommandException(ExitCode.BadInput, $"--set needs --as ({string.Join(", ", Kinds)}) or --job, which say what rows are.");
            Array.ForEach(settings, setting => Set(SourceOf(reading, KindOf(reading)), setting));
        }

        if (choice.Reading is { } read && result.GetValue(_rewardModel))
        {
            read.RewardModel = true;
        }

        return choice with { Model = result.GetValue(_model) is { } model ? ModelName(model) : choice.Model };
    }

    /// <summary>What a command needs that cannot do without.</summary>
    public static DatasetReading Require(ReadingChoice choice) => choice.Reading
        ?? throw new CommandException(ExitCode.BadInput, $"Say what rows are with --as ({string.Join(", ", Kinds)}), or name a job file with --job.");

    private static ReadingChoice OfJob(JobFile file)
    {
        JobSpec spec = file.Spec;
        (DatasetReading reading, string model, int? length) = spec.KindCase switch
        {
            JobSpec.KindOneofCase.Grpo => (new DatasetReading { Prompts = spec.Grpo.Prompts?.Clone() ?? new PromptSource() }, spec.Grpo.Model, spec.Grpo.Sampling is { HasMaxPromptLength: true } sampling ? sampling.MaxPromptLength : (int?)null),
            JobSpec.KindOneofCase.Supervised => (new DatasetReading { Examples = spec.Supervised.Examples?.Clone() ?? new ExampleSource() }, spec.Supervised.Model, MaxLength(spec.Supervised.Training)),
            JobSpec.KindOneofCase.Preference => (new DatasetReading { Preferences = spec.Preference.Preferences?.Clone() ?? new PreferenceSource() }, spec.Preference.Model, MaxLength(spec.Preference.Training)),
            JobSpec.KindOneofCase.RewardModel => (new DatasetReading { Preferences = spec.RewardModel.Preferences?.Clone() ?? new PreferenceSource(), RewardModel = true }, spec.RewardModel.Model, MaxLength(spec.RewardModel.Training)),
            _ => throw new CommandException(ExitCode.BadInput, $"{file.Path} has no kind of training that reads data; give --as instead of --job."),
        };
        IMessage source = SourceOf(reading, KindOf(reading));
        foreach (string data in (string[])["file", "inline", "inline_count", "inline_sha256"])
        {
            source.Descriptor.FindFieldByName(data).Accessor.Clear(source);
        }

        return new ReadingChoice(reading, model, length > 0 ? length : null);
    }

    private static int? MaxLength(TrainingSettings? training) => training is { HasMaxLength: true } ? training.MaxLength : null;

    private static string KindOf(DatasetReading reading) => DatasetReading.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(reading).Name;

    /// <summary>The source in a reading, made if need be.</summary>
    private static IMessage SourceOf(DatasetReading reading, string kind)
    {
        FieldDescriptor field = DatasetReading.Descriptor.FindFieldByName(kind);
        if (field.Accessor.GetValue(reading) is not IMessage source)
        {
            source = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            field.Accessor.SetValue(reading, source);
        }

        return source;
    }

    private static void Set(IMessage source, string setting)
    {
        string[] parts = setting.Split('=', 2);
        FieldDescriptor[] known = [.. source.Descriptor.Fields.InDeclarationOrder().Where(field => field.FieldType != FieldType.Message && field.Name != "file" && !SettingCatalog.IsWritten(field))];
        FieldDescriptor field = known.FirstOrDefault(field => field.Name == parts[0])
            ?? throw new CommandException(ExitCode.BadInput, $"--set {setting}: \"{parts[0]}\" is not a setting of the source; {NearNames.Hint(parts[0], [.. known.Select(field => field.Name)])}");
        string text = parts.Length == 2 ? parts[1] : throw new CommandException(ExitCode.BadInput, $"--set {setting} has no value; write {setting}=VALUE.");
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(source);
            Array.ForEach(text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), item => list.Add(item));
            return;
        }

        field.Accessor.SetValue(source, field.FieldType switch
        {
            FieldType.String => text,
            FieldType.Int32 when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int whole) => whole,
            FieldType.Double when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
            _ => throw new CommandException(ExitCode.BadInput, $"--set {setting}: \"{text}\" is not a number."),
        });
    }

    /// <summary>A name as it is, and what is no name as a path from here.</summary>
    private static string ModelName(string text) => Specs.Resources.ModelReference.IsName(text) ? text : Path.GetFullPath(text);
}
