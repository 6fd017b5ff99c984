using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

internal interface IQueryKeyValueProjection
{
    /// <param name="input">[B, T, C].</param>
    QueryKeyValue Project(Tensor input);
}
