using AlignService.Cli.Output;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Model.Sampling;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization;

namespace AlignService.Cli.Sampling;

/// <summary>A model loaded into this process, to answer prompts without a server.</summary>
internal sealed class LocalModel : IDisposable
{
    private const int DefaultMaxTokens = 256;

    private readonly Transformer _transformer;
    private readonly Tokenizer _tokenizer;
    private readonly CompletionSampler _sampler;

    private LocalModel(Transformer transformer, Tokenizer tokenizer)
    {
        _transformer = transformer;
        _tokenizer = tokenizer;
        _sampler = new CompletionSampler(transformer, tokenizer);
    }

    public static LocalModel Load(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new CommandException(ExitCode.BadInput, $"--model {directory} is not a directory; give a Hugging Face directory (config.json, *.safetensors, tokenizer.json).");
        }

        ModelIntegrity.Check(directory, CancellationToken.None);
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        var tokenizer = Tokenizer.Load(AdaptedModel.At(directory).BaseDirectory);
        return new LocalModel(HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions { Trainable = false }), tokenizer);
    }

    /// <summary>The prompt's token ids, with special tokens.</summary>
    public IReadOnlyList<int> Encode(SampleOptions options)
    {
        if (options.Raw)
        {
            return options.System is null
                ? _tokenizer.EncodePrompt(options.Prompt)
                : throw new CommandException(ExitCode.BadInput, "--system and --raw exclude each other: plain text cannot hold a system message.");
        }

        if (_tokenizer.ChatTemplate is not { } template)
        {
            throw new CommandException(ExitCode.BadInput, $"{options.Model} has no chat template; use --raw to continue the prompt as plain text.");
        }

        ChatMessage[] messages = options.System is { } system ? [new ChatMessage("system", system), new ChatMessage("user", options.Prompt)] : [new ChatMessage("user", options.Prompt)];
        var input = ChatTemplateInput.Of(messages, addGenerationPrompt: true) with { BosToken = _tokenizer.BosToken, EosToken = _tokenizer.EosToken };
        return _tokenizer.Encode(template.Render(input), addSpecialTokens: false);
    }

    /// <summary>Answers the prompt, streaming the text.</summary>
    public Completion Answer(IReadOnlyList<int> promptIds, SampleOptions options, Action<string> onText, CancellationToken cancellationToken)
    {
        int left = Math.Max(1, _transformer.Config.MaxPositions - promptIds.Count);
        var config = options.Config with { MaxCompletionLength = options.MaxTokens ?? Math.Min(DefaultMaxTokens, left) };
        return _sampler.Stream(new SamplingRequest(0, promptIds, 1), config, new SamplingKey(options.Seed, 0), onText, cancellationToken);
    }

    public void Dispose()
    {
        _sampler.Dispose();
        _transformer.Dispose();
    }
}
