namespace Graft.Vision.Hub;

/// <summary>The files of a model of the hub, in the cache.</summary>
/// <param name="Config">The path of its <c>config.json</c>.</param>
/// <param name="Weights">The path of its weights: <c>model.safetensors</c>, or <c>pytorch_model.bin</c> where there is no other.</param>
/// <param name="Commit">The version that they are of: 40 hexadecimal digits, which can be given as the revision.</param>
public sealed record HubFiles(string Config, string Weights, string Commit);
