using static TorchSharp.torch;

namespace AlignService.Model.Architecture.Attention;

/// <summary>Three matrices; where no gradient is wanted, one product with the memory that they share.</summary>
internal sealed class SeparateQueryKeyValue(LinearLayer query, LinearLayer key, LinearLayer value, IQueryKeyValueProjection? shared, HeadCounts heads)
    : IQueryKeyValueProjection
{
    public QueryKeyValue Project(Tensor input)
    {
        if (shared is not null && !is_grad_enabled())
        {
            return shared.Project(input);
        }

        return new QueryKeyValue(
            heads.Split(query.Apply(input), heads.Query),
            heads.Split(key.Apply(input), heads.KeyValue),
            heads.Split(value.Apply(input), heads.KeyValue));
    }
}
