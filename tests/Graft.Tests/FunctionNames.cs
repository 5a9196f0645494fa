using Graft.Activations;

namespace Graft.Tests;

/// <summary>The names that fixtures give activation functions.</summary>
internal static class FunctionNames
{
    /// <summary>The function of a name such as <c>HardSwish</c>.</summary>
    public static ActivationFunction Of(string name) => ActivationFunction.All.Single(function => function.Name.Replace("_", "").Equals(name, StringComparison.OrdinalIgnoreCase));
}
