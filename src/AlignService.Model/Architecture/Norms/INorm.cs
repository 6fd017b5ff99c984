using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Norms;

internal interface INorm
{
    /// <summary>Normalises over the last dimension.</summary>
    Tensor Apply(Tensor input);
}
