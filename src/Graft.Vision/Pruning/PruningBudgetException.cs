namespace Graft.Vision.Pruning;

/// <summary>A budget that is none for the model: it is no less than the model takes, or less than what is left of it can.</summary>
/// <param name="message">The rule, the values and the remedy.</param>
public sealed class PruningBudgetException(string message) : GraftException(message);
