using static TorchSharp.torch;

namespace AlignService.Training.TrustRegion;

/// <summary>All trained parameters as one vector [P]. Borrows the parameters and changes them in place.</summary>
internal sealed class ParameterVector(IReadOnlyList<Tensor> parameters)
{
    public IReadOnlyList<Tensor> Parameters { get; } = parameters;

    /// <summary>A copy of the values.</summary>
    public Tensor Read()
    {
        using var noGrad = no_grad();
        return Flatten([.. Parameters]);
    }

    public void Write(Tensor values)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach ((Tensor parameter, Tensor part) in Parameters.Zip(Split(values)))
        {
            parameter.copy_(part);
        }
    }

    /// <summary>The parameters' gradients, which are cleared; 0 where there is none.</summary>
    public Tensor TakeGradient()
    {
        using var noGrad = no_grad();
        Tensor gradient = Flatten([.. Parameters.Select(parameter => parameter.grad)]);
        foreach (Tensor parameter in Parameters)
        {
            parameter.grad?.Dispose();
            parameter.grad = null;
        }

        return gradient;
    }

    /// <summary>[P] of tensors in the shapes of the parameters; null is 0.</summary>
    public Tensor Flatten(IReadOnlyList<Tensor?> tensors)
    {
        using var scope = NewDisposeScope();
        return cat([.. tensors.Select((tensor, i) => (tensor ?? zeros_like(Parameters[i])).detach().reshape(-1))]).MoveToOuterDisposeScope();
    }

    /// <summary>Views of [P] in the shapes of the parameters.</summary>
    public Tensor[] Split(Tensor values)
    {
        var parts = new Tensor[Parameters.Count];
        long start = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = values.narrow(0, start, Parameters[i].numel()).view(Parameters[i].shape);
            start += Parameters[i].numel();
        }

        return parts;
    }
}
