using AlignService.Model.Native;
using AlignService.Specs.Settings;
using static TorchSharp.torch;

namespace AlignService.Training.Optimization;

/// <summary>
/// AdamW with clipping by the global norm (arXiv:1711.05101). Owns the moments, which are float32; parameters and masters are borrowed. Where a parameter has a master, the step updates
/// the master, from a widened gradient, and rounds it into the parameter.
/// </summary>
internal sealed class AdamW : IDisposable
{
    private const double ClipEpsilon = 1e-6; // as torch.nn.utils.clip_grad_norm_

    private readonly IReadOnlyList<KeyValuePair<string, Tensor>> _parameters;
    private readonly Tensor[] _values;
    private readonly Tensor[] _firstMoments;
    private readonly Tensor[] _secondMoments;
    private readonly OptimizerConfig _config;

    /// <param name="parameters">By name; those without a gradient are left out.</param>
    /// <param name="config">Betas, epsilon, decay and largest norm.</param>
    /// <param name="masters">float32 values of parameters whose dtype is too narrow for small steps, by name; null: none.</param>
    public AdamW(IEnumerable<KeyValuePair<string, Tensor>> parameters, OptimizerConfig config, IReadOnlyDictionary<string, Tensor>? masters = null)
    {
        _parameters = [.. parameters.Where(parameter => parameter.Value.requires_grad)];
        _config = config;
        using var noGrad = no_grad();
        _values = [.. _parameters.Select(parameter => masters?.GetValueOrDefault(parameter.Key) ?? parameter.Value)];
        _firstMoments = [.. _values.Select(value => zeros_like(value).DetachFromDisposeScope())];
        _secondMoments = [.. _values.Select(value => zeros_like(value).DetachFromDisposeScope())];
    }

    /// <summary>Steps taken, skipped ones left out: the bias correction and the schedule count these.</summary>
    public int StepCount { get; internal set; }

    /// <summary>The moments by name, as kept in checkpoints. Borrowed.</summary>
    public IReadOnlyDictionary<string, Tensor> Moments => Enumerable.Range(0, _parameters.Count)
        .SelectMany(i => new[] { KeyValuePair.Create($"exp_avg.{_parameters[i].Key}", _firstMoments[i]), KeyValuePair.Create($"exp_avg_sq.{_parameters[i].Key}", _secondMoments[i]) })
        .ToDictionary();

    /// <summary>Clips the parameters' gradients, takes one step and clears them.</summary>
    public OptimizerStep Step(double learningRate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        int[] moved = [.. Enumerable.Range(0, _parameters.Count).Where(i => _parameters[i].Value.grad is not null)];
        Tensor[] gradients = [.. moved.Select(i => _parameters[i].Value.grad!.to(_values[i].dtype))]; // moved has those with a gradient
        double norm = GlobalNorm(gradients);
        if (!double.IsFinite(norm))
        {
            ClearGradients();
            return new(norm, Skipped: true);
        }

        double factor = _config.MaxGradNorm / (norm + ClipEpsilon);
        if (factor < 1)
        {
            foreach (Tensor gradient in gradients)
            {
                gradient.mul_(factor);
            }
        }

        StepCount++;
        FusedAdamW.Step(
            [.. moved.Select(i => _values[i])],
            gradients,
            [.. moved.Select(i => _firstMoments[i])],
            [.. moved.Select(i => _secondMoments[i])],
            StepCount,
            new AdamWRates(learningRate, _config.Beta1, _config.Beta2, _config.WeightDecay, _config.Epsilon));
        RoundMasters(moved);
        ClearGradients();
        return new(norm, Skipped: false);
    }

    public void ClearGradients()
    {
        foreach ((_, Tensor parameter) in _parameters)
        {
            parameter.grad?.Dispose();
            parameter.grad = null;
        }
    }

    public void Dispose()
    {
        foreach (Tensor moment in _firstMoments.Concat(_secondMoments))
        {
            moment.Dispose();
        }
    }

    private void RoundMasters(int[] moved)
    {
        foreach (int i in moved.Where(i => !ReferenceEquals(_values[i], _parameters[i].Value)))
        {
            _parameters[i].Value.copy_(_values[i]);
        }
    }

    /// <summary>L2 norm over all gradients together, summed in double.</summary>
    internal static double GlobalNorm(IReadOnlyCollection<Tensor> gradients)
    {
        if (gradients.Count == 0)
        {
            return 0;
        }

        Tensor norms = stack([.. gradients.Select(gradient => gradient.norm().to(ScalarType.Float64))]);
        return norms.square().sum().sqrt().item<double>();
    }
}

/// <summary>What an optimizer step did.</summary>
/// <param name="GradientNorm">Global norm before clipping; NaN or infinite where the gradient was not finite.</param>
/// <param name="Skipped">The gradient was not finite: nothing changed, not even moments and step count.</param>
internal readonly record struct OptimizerStep(double GradientNorm, bool Skipped);
