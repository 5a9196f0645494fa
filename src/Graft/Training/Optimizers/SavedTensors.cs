using Graft.Tensors;

namespace Graft.Training.Optimizers;

/// <summary>Restores named tensors.</summary>
internal static class SavedTensors
{
    /// <summary>Copies each saved tensor into the one of its name, once all are known to fit.</summary>
    /// <param name="saved">The source.</param>
    /// <param name="targets">What is overwritten.</param>
    /// <param name="owner">What they belong to, for the messages.</param>
    public static void Copy(IReadOnlyDictionary<string, Tensor> saved, IReadOnlyDictionary<string, Tensor> targets, string owner)
    {
        foreach ((string name, Tensor target) in targets)
        {
            if (!saved.TryGetValue(name, out Tensor? source))
                throw new GraftException($"The saved state of the {owner} lacks '{name}'. Restore what was saved with the same weights and options.");
            if (source.Shape != target.Shape)
                throw new GraftException($"'{name}' in the saved state of the {owner} has the shape {source.Shape}, not {target.Shape}. Restore what was saved with the same weights and options.");
        }

        string? unknown = saved.Keys.FirstOrDefault(name => !targets.ContainsKey(name));
        if (unknown is not null)
            throw new GraftException($"The saved state of the {owner} has '{unknown}', which is not in use. Restore what was saved with the same weights and options.");
        foreach ((string name, Tensor target) in targets) saved[name].Span.CopyTo(target.Span);
    }
}
