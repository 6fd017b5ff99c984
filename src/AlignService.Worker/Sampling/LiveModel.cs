using AlignService.HuggingFace.Adapters;
using AlignService.HuggingFace.Integrity;
using AlignService.Jobs.Sampling;
using AlignService.Model.Checkpoints;
using AlignService.Model.Native;
using AlignService.Model.Sampling;
using AlignService.Text.Tokenization;
using Transformer = AlignService.Model.Architecture.Transformer;

namespace AlignService.Worker.Sampling;

/// <summary>A model in this process, for a server's calls.</summary>
public sealed class LiveModel : ISampledModel
{
    private readonly Transformer _transformer;
    private readonly LiveBatch _batch;

    private LiveModel(Transformer transformer, Tokenizer tokenizer)
    {
        _transformer = transformer;
        _batch = new LiveBatch(transformer, tokenizer);
    }

    public int Count => _batch.Count;

    /// <summary>Serves a server's calls until the input ends; returns the process's exit code.</summary>
    /// <param name="directory">Of the model, or of an adapter.</param>
    /// <param name="device">cpu, cuda or cuda:N.</param>
    /// <param name="host">The other side.</param>
    public static int Serve(string directory, string device, ModelHost host) => host.Run(() => Load(directory, device));

    /// <exception cref="AlignException">The model cannot be loaded.</exception>
    public static LiveModel Load(string directory, string device)
    {
        ModelIntegrity.Check(directory, CancellationToken.None);
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        Tokenizer tokenizer = Tokenizer.Load(AdaptedModel.At(directory).BaseDirectory);
        return new LiveModel(HuggingFaceCheckpoint.LoadTransformer(directory, new LoadOptions { Trainable = false, Device = ComputeDevice.Open(device).Torch }), tokenizer);
    }

    public bool HasRoomFor(SampleOrder order) => _batch.HasRoomFor(Completion(order, static _ => { }, CancellationToken.None));

    public void Enter(SampleOrder order, Action<SampledPiece> onPiece, CancellationToken cancellationToken) => _batch.Enter(Completion(order, onPiece, cancellationToken));

    public void Step() => _batch.Step();

    public void Clear() => _batch.Clear();

    public void Dispose()
    {
        _batch.Dispose();
        _transformer.Dispose();
    }

    private static LiveCompletion Completion(SampleOrder order, Action<SampledPiece> onPiece, CancellationToken cancellationToken) => new(order.PromptIds, order.Config, order.Seed)
    {
        OnToken = token =>
        {
            if (order.WithTokens)
            {
                onPiece(new SampledPiece { Text = token.Text, TokenIds = [token.Id], LogProbs = [token.LogProb] });
            }
            else if (token.Text.Length > 0)
            {
                onPiece(new SampledPiece { Text = token.Text });
            }
        },
        OnEnd = (count, reason) => onPiece(new SampledPiece { TokenCount = count, FinishReason = reason is { } why ? FinishReasons.NameOf(why) : SampledPiece.Cancelled }),
        Cancellation = cancellationToken,
    };
}
