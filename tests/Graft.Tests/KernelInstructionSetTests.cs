namespace Graft.Tests;

public class KernelInstructionSetTests : InstructionSetTests;
