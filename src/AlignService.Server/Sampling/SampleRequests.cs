using System.Security.Cryptography;
using AlignService.Jobs.Sampling;
using AlignService.Server.Models;
using AlignService.Server.Validation;
using AlignService.Specs.Answers;
using AlignService.Specs.Binding;
using AlignService.Specs.Data;
using AlignService.Specs.Prompts;
using AlignService.Specs.Settings;
using AlignService.Specs.Violations;
using AlignService.Text.Chat;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Sampling;

/// <summary>A request that was checked.</summary>
/// <param name="Model">What is loaded.</param>
/// <param name="Order">What is sampled.</param>
internal sealed record CheckedSample(LoadableModel Model, SampleOrder Order);

/// <summary>Checks requests and renders their prompts, before anything is loaded.</summary>
internal sealed class SampleRequests(NamedModels models)
{
    /// <summary>Far beyond any context; encoding that much takes about a second.</summary>
    private const int MaxCharacters = 1_000_000;

    private const int MaxMessages = 10_000, MaxStopStrings = 64, MaxStopCharacters = 1000;

    private const int UsualLength = 256;

    /// <summary>Bytes per parameter while it is sampled from: float32, and the sampler's own copy.</summary>
    private const int BytesPerParameter = 2 * sizeof(float);

    /// <exception cref="AlignException">Something is wrong with the request.</exception>
    public async Task<CheckedSample> ReadAsync(Wire.SampleRequest request, CancellationToken cancellationToken)
    {
        ViolationList violations = new();
        AnswerSamplingConfig config = ReadSampling(request, violations);
        Prompt prompt = ReadPrompt(request.Prompt, violations);
        if (request.Model.Length == 0)
        {
            violations.Add("model", "it is empty; name a model (models/{model}), a checkpoint (jobs/{job}/checkpoints/last) or a directory.", ViolationCode.Missing);
        }

        violations.ThrowIfAny();
        (string name, string directory) = await models.FindAsync(request.Model, "model", cancellationToken);
        try
        {
            ModelFolder folder = KnownModels.Read(directory);
            if (folder.IsClassifier)
            {
                throw new InvalidRequestException("model", $"{name} is a classifier, which scores text; name a causal language model.");
            }

            int[] ids = [.. new PromptEncoder(new EmbeddingRows(KnownTokenizers.Load(folder.Directory), folder.VocabularySize), cancellationToken).Encode(prompt)];
            return new CheckedSample(
                new LoadableModel(name, directory, KnownModels.StampOf(directory), KnownModels.CountParameters(directory) * BytesPerParameter),
                new SampleOrder
                {
                    PromptIds = ids,
                    Config = (config with { MaxCompletionLength = LengthOf(request, config, ids.Length, folder.ContextLength) }).ToSampling(),
                    Seed = request.HasSeed ? request.Seed : (ulong)RandomNumberGenerator.GetInt32(int.MaxValue),
                    WithTokens = request.WithLogProbs,
                });
        }
        catch (CheckpointException fault)
        {
            throw new InvalidRequestException("model", fault.Message);
        }
        catch (Exception fault) when (fault is PromptDataException or ChatTemplateException)
        {
            throw new InvalidRequestException("prompt", fault.Message);
        }
    }

    private static AnswerSamplingConfig ReadSampling(Wire.SampleRequest request, ViolationList violations)
    {
        const string path = "sampling";
        MessageScope scope = request.Sampling is { } sampling ? MessageScope.Root(sampling, path) : MessageScope.Root(Wire.AnswerSampling.Descriptor, path);
        AnswerSamplingConfig usual = new() { Temperature = 1 };
        var config = (AnswerSamplingConfig)RecordReader.Read(usual, scope, new Reading(null, violations));
        new SettingChecks(violations, static _ => null).Check(config, usual, scope);
        if (config.OverlongPrompts == OverlongPrompts.Drop)
        {
            violations.Add($"{path}.overlong_prompts", "it is drop, but there is only one prompt; leave it out.", ViolationCode.Conflict);
        }

        if (config.StopStrings.Count > MaxStopStrings)
        {
            violations.Add($"{path}.stop_strings", $"there are {config.StopStrings.Count}; at most {MaxStopStrings} are allowed.", ViolationCode.OutOfRange);
        }

        foreach ((string text, int place) in config.StopStrings.Take(MaxStopStrings).Select((text, place) => (text, place)).Where(stop => stop.text.Length is 0 or > MaxStopCharacters))
        {
            violations.Add($"{path}.stop_strings[{place}]", $"it has {text.Length} characters; it must have 1 to {MaxStopCharacters}.", ViolationCode.OutOfRange);
        }

        return config;
    }

    private static Prompt ReadPrompt(Wire.Prompt? wire, ViolationList violations)
    {
        Prompt prompt = (Prompt)new PromptWire().Read(wire ?? new Wire.Prompt(), 0);
        long characters = (long)(prompt.Text?.Length ?? 0) + (prompt.Messages ?? []).Sum(message => (long)(message.Content?.Length ?? 0) + (message.FieldsJson?.Length ?? 0))
            + (prompt.ToolsJson?.Length ?? 0) + (prompt.TemplateArgumentsJson?.Length ?? 0);
        if (characters > MaxCharacters)
        {
            violations.Add("prompt", $"it has {characters} characters; at most {MaxCharacters} are allowed.", ViolationCode.OutOfRange);
        }
        else if (prompt.Messages?.Count > MaxMessages)
        {
            violations.Add("prompt.messages", $"there are {prompt.Messages.Count}; at most {MaxMessages} are allowed.", ViolationCode.OutOfRange);
        }
        else if (prompt.FindFault() is { } fault)
        {
            violations.Add("prompt", $"{fault}.", wire is null ? ViolationCode.Missing : ViolationCode.Invalid);
        }

        return prompt;
    }

    /// <summary>Tokens that the completion has at most.</summary>
    private static int LengthOf(Wire.SampleRequest request, AnswerSamplingConfig config, int promptLength, int contextLength)
    {
        int left = contextLength - promptLength;
        if (config.MaxPromptLength is { } most && promptLength > most)
        {
            throw Refused("prompt", $"it has {promptLength} tokens, and max_prompt_length is {most}.");
        }

        if (left < 1)
        {
            throw Refused("prompt", $"it has {promptLength} tokens, and the model's context {contextLength}; the completion needs at least one. Shorten it.");
        }

        if (request.Sampling is not { HasMaxCompletionLength: true })
        {
            return Math.Min(UsualLength, left);
        }

        return config.MaxCompletionLength <= left
            ? config.MaxCompletionLength
            : throw Refused("sampling.max_completion_length", $"it is {config.MaxCompletionLength}; with {promptLength} tokens of the prompt that is more than the model's context of {contextLength}. Set {left} or less, or leave it out.");

        static InvalidRequestException Refused(string field, string why) => new([new Violation(field, ViolationCode.OutOfRange, why)]);
    }
}
