using System.Text;
using AlignService.Client;
using AlignService.Contracts.V1;
using Grpc.Core;
using Prompt = AlignService.Specs.Data.Prompt;

namespace AlignService.Cli.Sampling;

/// <summary>A model that a server samples from.</summary>
/// <param name="name">models/{model}, jobs/{job}/checkpoints/{checkpoint}, or a directory that the server can read.</param>
/// <param name="client">Disposed with it.</param>
internal sealed class ServerModel(string name, AlignClient client) : IAnsweringModel
{
    private readonly SamplingService.SamplingServiceClient _service = new(client.Calls);

    public async Task<ModelAnswer> AnswerAsync(Prompt prompt, SamplingChoice sampling, Action<string> onText, CancellationToken cancellationToken)
    {
        using AsyncServerStreamingCall<SampleResponse> call = _service.Sample(Request(prompt, sampling), cancellationToken: cancellationToken);
        return await ReadAsync(call.ResponseStream, onText, cancellationToken);
    }

    public void Dispose() => client.Dispose();

    private async Task<ModelAnswer> ReadAsync(IAsyncStreamReader<SampleResponse> stream, Action<string> onText, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        List<SampledToken> tokens = [];
        int promptTokens = 0;
        string reason = "";
        while (await client.NextAsync(stream, cancellationToken))
        {
            SampleResponse response = stream.Current;
            promptTokens = response.Start?.PromptTokens ?? promptTokens;
            if (response.Piece is { } piece)
            {
                tokens.AddRange(piece.Tokens);
                text.Append(piece.Text);
                onText(piece.Text);
            }

            reason = response.End is { } end ? NameOf(end.FinishReason) : reason;
        }

        return new ModelAnswer(text.ToString(), reason, promptTokens, [.. tokens.Select(token => token.Id)], [.. tokens.Select(token => token.LogProb)]);
    }

    private static string NameOf(FinishReason reason) => reason switch
    {
        FinishReason.Stop => "stop",
        FinishReason.StopString => "stop_string",
        FinishReason.Length => "length",
        _ => "",
    };

    private static Contracts.V1.Prompt Write(Prompt prompt) => new()
    {
        Text = prompt.Text ?? "",
        Messages = { (prompt.Messages ?? []).Select(message => new Message { Role = message.Role, Content = message.Content ?? "" }) },
    };

    private SampleRequest Request(Prompt prompt, SamplingChoice sampling)
    {
        SampleRequest request = new()
        {
            Model = name,
            Prompt = Write(prompt),
            Sampling = new AnswerSampling
            {
                Temperature = sampling.Config.Temperature,
                TopK = sampling.Config.TopK,
                TopP = sampling.Config.TopP,
                MinP = sampling.Config.MinP,
                RepetitionPenalty = sampling.Config.RepetitionPenalty,
                StopStrings = { sampling.Config.StopStrings },
            },
            WithLogProbs = true,
        };
        if (sampling.MaxTokens is { } most)
        {
            request.Sampling.MaxCompletionLength = most;
        }

        if (sampling.Seed is { } seed)
        {
            request.Seed = seed;
        }

        return request;
    }
}
