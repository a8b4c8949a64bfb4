/** The identifier kind by which an instruction names a workspace: its key, several values joined by `,`. */
export const workspaceKind = 'workspace';
