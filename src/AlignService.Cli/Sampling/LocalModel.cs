using System.Security.Cryptography;
using AlignService.Cli.Output;
using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;
using AlignService.Model.Architecture;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Model.Sampling;
using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Text.Tokenization;

namespace AlignService.Cli.Sampling;

/// <summary>A model loaded into this process, to answer prompts without a server.</summary>
internal sealed class LocalModel : IAnsweringModel
{
    private const int DefaultMaxTokens = 256;

    private readonly string _directory;
    private readonly Transformer _transformer;
    private readonly Tokenizer _tokenizer;
    private readonly CompletionSampler _sampler;

    private LocalModel(string directory, Transformer transformer, Tokenizer tokenizer)
    {
        (_directory, _transformer, _tokenizer) = (directory, transformer, tokenizer);
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
        return new LocalModel(directory, HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions { Trainable = false }), tokenizer);
    }

    public Task<ModelAnswer> AnswerAsync(Prompt prompt, SamplingChoice sampling, Action<string> onText, CancellationToken cancellationToken) =>
        Task.Run(() => Answer(prompt, sampling, onText, cancellationToken), CancellationToken.None);

    public void Dispose()
    {
        _sampler.Dispose();
        _transformer.Dispose();
    }

    private ModelAnswer Answer(Prompt prompt, SamplingChoice sampling, Action<string> onText, CancellationToken cancellationToken)
    {
        if (prompt.Messages is not null && _tokenizer.ChatTemplate is null)
        {
            throw new CommandException(ExitCode.BadInput, $"{_directory} has no chat template; use --raw of `align sample` to continue a prompt as plain text.");
        }

        IReadOnlyList<int> promptIds = new PromptEncoder(new EmbeddingRows(_tokenizer, _transformer.Config.VocabSize), cancellationToken).Encode(prompt);
        int left = Math.Max(1, _transformer.Config.MaxPositions - promptIds.Count);
        var config = sampling.Config with { MaxCompletionLength = sampling.MaxTokens ?? Math.Min(DefaultMaxTokens, left) };
        ulong seed = sampling.Seed ?? (ulong)RandomNumberGenerator.GetInt32(int.MaxValue);
        Completion completion = _sampler.Stream(new SamplingRequest(0, promptIds, 1), config, new SamplingKey(seed, 0), onText, cancellationToken);
        return new ModelAnswer(completion.Text, FinishReasons.NameOf(completion.FinishReason), promptIds.Count, completion.TokenIds, completion.LogProbs);
    }
}
