using AlignService.Model.Architecture;
using AlignService.Specs.Settings;

namespace AlignService.Training.Checkpoints;

/// <summary>What training leaves: a model that a checkpoint holds.</summary>
public interface ITrainedModel : IDisposable
{
    /// <summary>Holds the parameters, a scalar head's too. Borrowed.</summary>
    Transformer Body { get; }

    /// <summary>Writes it as a Hugging Face directory, or its adapter as a PEFT directory.</summary>
    /// <param name="startDirectory">What training began with: configuration, tokenizer and dtypes are taken over.</param>
    /// <param name="directory">Holds no checkpoint yet.</param>
    /// <param name="dtype">Number format of whole weights.</param>
    /// <returns>What the number format lost.</returns>
    RoundingReport Save(string startDirectory, string directory, SaveDtype dtype);

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    void Restore(string directory);
}
