using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using AlignService.Cli.Output;
using AlignService.Cli.Sampling;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Exports;
using AlignService.HuggingFace.Gguf;
using AlignService.HuggingFace.Safetensors;

namespace AlignService.Cli.Commands;

/// <summary>`align export`: a model for other programs, without libtorch.</summary>
internal sealed class ExportCommand : Command, IExplainedCommand
{
    private const string HuggingFace = "hf", Gguf = "gguf", GgufSuffix = ".gguf", AsStored = "as-stored";

    private readonly NamedModel _named = new();
    private readonly Argument<string> _source = new("MODEL") { Description = $"The model: {NamedModel.Explanation}; an adapter is merged into its base" };
    private readonly Option<string> _target = new("--out", "-o") { Description = "What to write, which must not exist yet: a directory, or a file that ends in .gguf", HelpName = "PATH", Required = true };
    private readonly Option<string?> _format = new("--format") { Description = "hf for transformers and vLLM, gguf for llama.cpp and Ollama [default: gguf if --out ends in .gguf, else hf]" };
    private readonly Option<string?> _dtype = new("--dtype") { Description = "Numbers of hf weights: as-stored, float32, bfloat16 or float16 [default: as-stored]" };
    private readonly Option<string?> _type = new("--type") { Description = "Numbers of gguf matrices: f32, f16 or q8_0 [default: f16]" };
    private readonly Option<string?> _base = new("--base") { Description = "The adapter's base model [default: the one named in adapter_config.json]", HelpName = "DIR" };
    private readonly Option<bool> _json = new("--json") { Description = "Write the result as one JSON document" };

    public ExportCommand()
        : base("export", "Write a model for vLLM, transformers, llama.cpp or Ollama: adapters merged, tokenizer and chat template with it, no trainer state")
    {
        _format.AcceptOnlyFromAmong(HuggingFace, Gguf);
        _dtype.AcceptOnlyFromAmong(AsStored, "float32", "bfloat16", "float16");
        _type.AcceptOnlyFromAmong(GgufTypes.Name(GgufType.Float32), GgufTypes.Name(GgufType.Float16), GgufTypes.Name(GgufType.Q8));
        Add(_source);
        foreach (var option in new Option[] { _target, _format, _dtype, _type, _base })
        {
            Add(option);
        }

        _named.AddTo(this);
        Add(_json);
        this.Run(_json, RunAsync);
    }

    public IReadOnlyList<string> Examples =>
    [
        "align export jobs/a1b2c3d4/checkpoints/best --out models/tuned --dtype bfloat16",
        "align export data/jobs/a1b2c3d4/checkpoints/step-000200 --out tuned.gguf --type q8_0",
        "align export adapters/qv --base models/SmolLM2-135M-Instruct --out tuned.gguf",
    ];

    private Task<ExitCode> RunAsync(ParseResult result, CommandOutput output, CancellationToken cancellationToken)
    {
        bool isGguf = IsGguf(result);
        AdaptedModel model = Source(result);
        string target = result.GetRequiredValue(_target);
        ModelExport export = isGguf
            ? GgufExport.Write(model, GgufFile(target, result), Type(result), cancellationToken)
            : HuggingFaceExport.Write(model, target, Dtype(result), cancellationToken);
        if (output.IsJson)
        {
            CommandOutput.WriteJson(new JsonObject
            {
                ["path"] = export.Path,
                ["format"] = isGguf ? Gguf : HuggingFace,
                ["bytes"] = export.ByteCount,
                ["base"] = model.BaseDirectory,
                ["adapter"] = model.AdapterDirectory,
                ["findings"] = new JsonArray([.. export.Findings.Select(finding => (JsonNode)finding)]),
            });
        }
        else
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{export.Path}: {export.ByteCount / 1e6:#,0.0} MB"));
            foreach (string finding in export.Findings)
            {
                CommandOutput.Note($"note: {finding}");
            }
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private bool IsGguf(ParseResult result)
    {
        bool isGguf = (result.GetValue(_format) ?? (result.GetRequiredValue(_target).EndsWith(GgufSuffix, StringComparison.Ordinal) ? Gguf : HuggingFace)) == Gguf;
        return (isGguf ? result.GetValue(_dtype) : result.GetValue(_type)) is { } misplaced
            ? throw new CommandException(ExitCode.BadInput, isGguf
                ? $"--dtype {misplaced} is for --format hf; the numbers of a GGUF file are chosen with --type."
                : $"--type {misplaced} is for --format gguf; the numbers of a Hugging Face directory are chosen with --dtype.")
            : isGguf;
    }

    private AdaptedModel Source(ParseResult result)
    {
        string directory = _named.Resolve(result, result.GetRequiredValue(_source));
        if (!Directory.Exists(directory))
        {
            throw new CommandException(ExitCode.BadInput, $"{directory} is not a directory; give {NamedModel.Explanation}.");
        }

        return result.GetValue(_base) is not { } baseDirectory ? AdaptedModel.At(directory)
            : PeftDirectory.IsAdapter(directory) ? new AdaptedModel(baseDirectory, directory)
            : throw new CommandException(ExitCode.BadInput, $"--base {baseDirectory} is for adapters, and {directory} is a full model.");
    }

    /// <summary>The file itself, or one in a directory of that name.</summary>
    private string GgufFile(string target, ParseResult result) =>
        target.EndsWith(GgufSuffix, StringComparison.Ordinal) ? target
        : Path.Exists(target) ? throw new CommandException(ExitCode.BadInput, $"{target} already exists; name another path, or a file that ends in {GgufSuffix}.")
        : Path.Combine(target, $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(target))}-{GgufTypes.Name(Type(result))}{GgufSuffix}");

    private GgufType Type(ParseResult result) =>
        Enum.GetValues<GgufType>().First(type => GgufTypes.Name(type) == (result.GetValue(_type) ?? GgufTypes.Name(GgufType.Float16)));

    private StoredDtype? Dtype(ParseResult result) => result.GetValue(_dtype) switch
    {
        "float32" => StoredDtype.Float32,
        "bfloat16" => StoredDtype.BFloat16,
        "float16" => StoredDtype.Float16,
        _ => null,
    };
}
