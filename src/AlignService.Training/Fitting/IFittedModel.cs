using AlignService.Model.Architecture;
using AlignService.Model.Safetensors;

namespace AlignService.Training.Fitting;

/// <summary>A model that is trained on examples.</summary>
public interface IFittedModel : IDisposable
{
    /// <summary>Holds the parameters, a scalar head's too. Borrowed.</summary>
    Transformer Body { get; }

    /// <summary>Writes it as a Hugging Face directory.</summary>
    /// <param name="startDirectory">What training began with: configuration, tokenizer and dtypes are taken over.</param>
    /// <param name="directory">Holds no checkpoint yet.</param>
    /// <param name="dtype">Null: as the start weights were stored.</param>
    void Save(string startDirectory, string directory, StoredDtype? dtype);
}
