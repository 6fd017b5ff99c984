using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using AlignService.Cli.Connections;
using AlignService.Cli.Output;
using AlignService.Cli.Transfers;
using AlignService.Client;
using AlignService.Contracts.V1;
using AlignService.Specs.Resources;
using Spectre.Console;

namespace AlignService.Cli.Commands;

/// <summary>`align models push`: imports a Hugging Face directory.</summary>
internal sealed class ModelsPushCommand : Command, IExplainedCommand
{
    private const string AdapterConfig = "adapter_config.json", BaseKey = "base_model_name_or_path";

    /// <summary>The same weights in forms that nothing here reads.</summary>
    private static readonly string[] OtherForms = [".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".onnx", ".gguf", ".tflite", ".ot"];

    private readonly ClientOptions _client = new();
    private readonly Argument<string> _directory = new("DIR") { Description = "A Hugging Face directory: a model, a reward model or a PEFT adapter" };
    private readonly Option<string?> _name = StoredArgument.NameOption(StoredName.Models);
    private readonly Option<string?> _base = new("--base") { Description = "Of an adapter: the server's model that it was trained over", HelpName = "models/ID" };
    private readonly Option<bool> _all = new("--all") { Description = $"Also weights in other forms than safetensors ({string.Join(", ", OtherForms.Take(5))}, ...), which the server does not read" };

    public ModelsPushCommand()
        : base("push", "Import a model directory into a server; interrupted, the same command continues")
    {
        Add(_directory);
        Add(_name);
        Add(_base);
        Add(_all);
        _client.AddTo(this);
        this.Run(_client.Json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align models push SmolLM2-135M-Instruct",
        "align models push ./tuned --name my-model",
        "align models push ./adapter --base models/smollm2-135m-instruct",
    ];

    private async Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        string directory = result.GetRequiredValue(_directory);
        string name = result.GetValue(_name) is { } given ? StoredArgument.Parse(given, StoredName.Models) : StoredArgument.Of(directory, StoredName.Models);
        IReadOnlyList<LocalFile> files = FilesOf(directory, result.GetValue(_all));
        if (result.GetValue(_base) is { } over)
        {
            files = [.. files.Select(file => file.Path == AdapterConfig ? Over(file, StoredArgument.Parse(over, StoredName.Models)) : file)];
        }

        using AlignClient client = _client.Connect(result);
        (StoredModel model, bool wasThere) = await TransferMeter.ShowAsync(output, meter => client.Models.PushAsync(name, files, meter, cancellationToken));
        if (output.IsJson)
        {
            CommandOutput.WriteJson(model);
        }
        else
        {
            output.Console.WriteLine($"{model.Name} {(wasThere ? "was there already" : "is there")}: {model.Kind.Replace('_', ' ')}, {TransferMeter.Format(model.SizeBytes)}.");
        }

        return ExitCode.Ok;
    }

    /// <summary>Without hidden files and folders, which belong to tools.</summary>
    private static List<LocalFile> FilesOf(string directory, bool all)
    {
        if (!Directory.Exists(directory))
        {
            throw new CommandException(ExitCode.BadInput, $"The directory {directory} does not exist; give a Hugging Face directory.");
        }

        string[] found = [.. Directory.GetFiles(directory, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(directory, file)).Where(path => !path.Split('/').Any(segment => segment.StartsWith('.'))).Order(StringComparer.Ordinal)];
        bool hasSafetensors = found.Any(path => path.EndsWith(".safetensors", StringComparison.Ordinal));
        string[] left = all || !hasSafetensors ? [] : [.. found.Where(path => OtherForms.Contains(Path.GetExtension(path).ToLowerInvariant()))];
        if (left.Length > 0)
        {
            CommandOutput.Note($"Left out, because the server reads safetensors: {string.Join(", ", left.Take(5))}{(left.Length > 5 ? $" and {left.Length - 5} more" : "")} (--all sends them too).");
        }

        List<LocalFile> files = [.. found.Except(left).Select(path => new LocalFile(path, Path.Combine(directory, path)))];
        return files.Count > 0 ? files : throw new CommandException(ExitCode.BadInput, $"The directory {directory} has no files.");
    }

    /// <summary>The adapter as the server needs it: its base is beside it there.</summary>
    private static LocalFile Over(LocalFile config, string model)
    {
        if (JsonNode.Parse(File.ReadAllText(config.FullPath)) is not JsonObject json)
        {
            throw new CommandException(ExitCode.BadInput, $"{config.FullPath} is not a JSON object.");
        }

        json[BaseKey] = $"../{model[(StoredName.Models.Length + 1)..]}";
        return config with { Replacement = Encoding.UTF8.GetBytes(json.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true })) };
    }
}
